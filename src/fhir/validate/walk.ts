import type { Issue } from '../../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** How sure a finding is: errors refuse a write; warnings and remarks are what `$validate` adds. */
export type Severity = 'error' | 'warning' | 'information';

export type FindingCode = NonNullable<Issue['code']>;

export interface Finding {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly text: string;
  readonly expression: string;
}

/** The state of one check of one resource: where it is, and what it found so far. */
export interface Walk {
  /** Names and places in lists, e.g. `['Patient', 'contact', 0]`. */
  readonly path: (string | number)[];
  readonly findings: Finding[];
  /** Faults found, those beyond the limit too. */
  faults: number;
  /** `%resource`: the resource the walk is in. */
  resource: JsonObject;
  /** `%rootResource`: the one that contains it, or itself. */
  root: JsonObject;
  depth: number;
  /** Then nothing that looks into the whole of it is asked any more. */
  isTooDeep: boolean;
  /** The canonical address of the profile that is checked at the moment. */
  profile: string | undefined;
  /** Whether rules that refuse nothing are looked at too. */
  readonly withWarnings: boolean;
}

/** How many findings are told one by one. */
export const MOST_FINDINGS = 50;

/** How deep a resource may be nested. R4 knows no limit; real ones stay below 20. */
export const MOST_DEPTH = 100;

export function startWalk(resource: JsonObject, name: string, withWarnings = false): Walk {
  return {
    path: [name],
    findings: [],
    faults: 0,
    resource,
    root: resource,
    depth: 0,
    isTooDeep: false,
    profile: undefined,
    withWarnings,
  };
}

/** Notes a fault at the place where the walk is, or at a child of it. */
export function fault(walk: Walk, code: FindingCode, text: string, child?: string | number): void {
  if (walk.findings.length < MOST_FINDINGS) note(walk, 'error', code, text, child);
  else walk.faults += 1;
}

/** Notes what refuses nothing, likewise. */
export function remark(walk: Walk, severity: 'warning' | 'information', code: FindingCode, text: string): void {
  if (walk.withWarnings && walk.findings.length < MOST_FINDINGS) note(walk, severity, code, text);
}

/** The same thing at the same place is said once: an element and its slice may both ask for it. */
function note(walk: Walk, severity: Severity, code: FindingCode, what: string, child?: string | number): void {
  const { path, profile, findings } = walk;
  const text = profile === undefined ? what : `${what} (Profile ${profile}.)`;
  const expression = toFhirPath(child === undefined ? path : [...path, child]);
  if (findings.some((each) => each.text === text && each.expression === expression)) return;
  findings.push({ severity, text, code, expression });
  if (severity === 'error') walk.faults += 1;
}

function toFhirPath([root, ...rest]: readonly (string | number)[]): string {
  return rest.reduce<string>(
    (path, step) => path + (typeof step === 'number' ? `[${step}]` : `.${step}`),
    String(root),
  );
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
