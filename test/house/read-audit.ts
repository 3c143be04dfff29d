/** What `npm audit --json` says: of packages, or, where the registry does not answer such questions, why not. */
export interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly statusCode?: number;
  readonly message?: string;
}

/** What an audit of the packages comes to. */
export interface Audited {
  readonly isGood: boolean;
  readonly lines: readonly string[];
}

/** Who would use them would use the hub: it is not landed with one of these. */
const REFUSED: readonly string[] = ['high', 'critical'];

/**
 * Reads what a registry knows of the packages that the hub runs with. A registry that is not asked such things, as many mirrors
 * are, stops nobody, and that is said. Pure.
 * @see https://docs.npmjs.com/cli/commands/npm-audit
 */
export function readAudit({ vulnerabilities, statusCode, message = 'no answer' }: AuditReport): Audited {
  if (!vulnerabilities) {
    const why = statusCode === undefined ? message.replaceAll(/https?:\/\/\S+/g, 'the registry') : `HTTP ${statusCode}`;
    return { isGood: true, lines: [`Not audited: the registry does not say what is known of packages (${why}).`] };
  }
  const found = Object.entries(vulnerabilities);
  if (found.length === 0) return { isGood: true, lines: ['Audited: no vulnerability is known in a package.'] };
  return {
    isGood: !found.some(([, { severity }]) => REFUSED.includes(severity)),
    lines: found.map(([name, { severity, range }]) => `${name} ${range}: ${severity}. Take a version without it.`),
  };
}
