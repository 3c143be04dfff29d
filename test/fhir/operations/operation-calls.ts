import type { OperationOutcome, Parameters, Resource } from '@medplum/fhirtypes';

/** Input parameters in short: a text is a valueString, a resource a resource, anything else a value[x] of its own. */
export function parameters(inputs: Readonly<Record<string, string | Resource | object>>): Parameters {
  const parameter = Object.entries(inputs).map(([name, value]) => {
    if (typeof value === 'string') return { name, valueString: value };
    return 'resourceType' in value ? { name, resource: value as Resource } : { name, ...value };
  });
  return { resourceType: 'Parameters', parameter };
}

/** A resource an operation answered under a name. */
export function output<T extends Resource>(answer: { readonly body: unknown }, name: string): T {
  const found = (answer.body as Parameters).parameter?.find((each) => each.name === name)?.resource;
  if (!found) throw new Error(`no "${name}" in ${JSON.stringify(answer.body).slice(0, 2_000)}`);
  return found as T;
}

/** What an operation said beside its result: place, and text. */
export function said(answer: { readonly body: unknown }): string[] {
  const parameter = (answer.body as Parameters).parameter?.find(({ name }) => name === 'issues');
  const outcome = parameter?.resource as OperationOutcome | undefined;
  return (outcome?.issue ?? []).map(({ expression, details }) => `${expression?.[0]}: ${details?.text}`);
}
