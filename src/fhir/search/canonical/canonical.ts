import type { Resource } from '@medplum/fhirtypes';
import { tokenKey } from '../../store/index/keys.ts';
import type { CanonicalNames, Condition } from '../conditions/condition.ts';
import { type Parameter, parametersOf } from '../parameters/parameter.ts';

/** A canonical reference: an address, and the version of it that is meant, if one is. */
export interface Canonical {
  readonly url: string;
  readonly version: string | undefined;
}

/** Whether a reference parameter holds canonical addresses. @see https://hl7.org/fhir/R4/references.html#canonical */
export function isCanonical({ type, values }: Parameter): boolean {
  return type === 'reference' && values.has('canonical');
}

/** How resources of a type are found by canonical addresses; undefined when they have none. */
export function canonicalNames(type: string): CanonicalNames | undefined {
  const parameters = parametersOf(type);
  const [url, version] = [parameters.get('url'), parameters.get('version')];
  if (url?.type !== 'uri' || version?.type !== 'token') return undefined;
  const begin = ({ keys }: Parameter): string[] => keys.map((key) => tokenKey(type, key, ''));
  return { urls: begin(url), versions: begin(version) };
}

/** Reads `url|version#fragment`. Pure. */
export function readCanonical(text: string): Canonical {
  const [whole = ''] = text.split('#');
  const at = whole.indexOf('|');
  return at < 0 ? { url: whole, version: undefined } : { url: whole.slice(0, at), version: whole.slice(at + 1) };
}

/** The address and the version of a resource that has one. Pure. */
export function canonicalOf(resource: Resource): Canonical | undefined {
  const { url, version } = resource as { url?: unknown; version?: unknown };
  if (typeof url !== 'string' || !canonicalNames(resource.resourceType)) return undefined;
  return { url, version: typeof version === 'string' ? version : undefined };
}

/** Whether a reference means a resource: without a version it means every one. Pure. */
export function means(reference: Canonical, resource: Canonical): boolean {
  return reference.url === resource.url && (reference.version === undefined || reference.version === resource.version);
}

/** The forms in which the index holds references to a resource: without a version, and with its own. Pure. */
export function formsTo({ url, version }: Canonical): string[] {
  return [`${url}|`, ...(version === undefined ? [] : [`${url}|${version}`])];
}

/** What is meant by references in the forms of the index, each `url|` or `url|version`. Pure. */
export function meantBy(forms: readonly string[], type: string): Condition {
  const [any, exact] = [[], []] as [string[], Canonical[]];
  for (const form of forms) {
    const { url, version } = readCanonical(form);
    if (version) exact.push({ url, version });
    else any.push(url);
  }
  const keyed = (code: string, values: readonly string[]): Condition => ({
    kind: 'keys',
    keys: (parametersOf(type).get(code)?.keys ?? []).flatMap((key) =>
      values.map((value) => tokenKey(type, key, value)),
    ),
  });
  const versions = Map.groupBy(exact, ({ version }) => version ?? '');
  const conditions = [...versions].map(([version, ofVersion]): Condition => {
    const urls = ofVersion.map(({ url }) => url);
    return { kind: 'all', conditions: [keyed('url', urls), keyed('version', [version])] };
  });
  return { kind: 'any', conditions: [...(any.length > 0 ? [keyed('url', any)] : []), ...conditions] };
}
