import { isObject } from '../../../src/fhir/validate/walk.ts';

/** What stands at an expression of ours, e.g. `Patient.name[0].given[1]` or `Observation.value.ofType(Quantity).code`. */
export function valueAt(resource: unknown, expression: string): unknown {
  const named = expression.replaceAll(
    /\.ofType\((\w)(\w*)\)/g,
    (_all, first: string, rest: string) => first.toUpperCase() + rest,
  );
  const [, ...steps] = named.match(/[^.[\]]+/g) ?? [];
  let at = resource;
  let beside: unknown;
  for (const step of steps) {
    const owner = isObject(at) || Array.isArray(at) ? at : beside;
    beside = Array.isArray(owner) ? listItem(beside, step) : property(owner, `_${step}`);
    at = Array.isArray(owner) ? listItem(owner, step) : property(owner, step);
    at ??= beside;
  }
  return at;
}

function property(owner: unknown, name: string): unknown {
  return isObject(owner) ? owner[name] : undefined;
}

function listItem(owner: unknown, at: string): unknown {
  return Array.isArray(owner) ? (owner as unknown[])[Number(at)] : undefined;
}
