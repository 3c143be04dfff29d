import type { ParametersParameter, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { Nodes } from '../../validate/fhirpath/node.ts';
import { add, insert, move, remove, replace } from './changes.ts';
import { Misfit } from './misfit.ts';
import type { Patch } from './patch.ts';
import { readPath } from './path.ts';
import { cannotBeDone, notAnOperation } from './refusals.ts';

type Parts = ReadonlyMap<string, ParametersParameter>;
/** Changes what the path of an operation leads to. */
type Change = (found: Nodes) => void;

/** What each type of operation does, given its parts. */
const CHANGES: ReadonlyMap<unknown, (parts: Parts) => Change> = new Map<unknown, (parts: Parts) => Change>([
  [
    'add',
    (parts) => {
      const name = needed(parts, 'name', textOf, 'a text in a valueString');
      const value = given(parts);
      return (found) => add(found, name, value);
    },
  ],
  [
    'insert',
    (parts) => {
      const value = given(parts);
      const index = placeIn(parts, 'index');
      return (found) => insert(found, index, value);
    },
  ],
  ['delete', () => remove],
  [
    'replace',
    (parts) => {
      const value = given(parts);
      return (found) => replace(found, value);
    },
  ],
  [
    'move',
    (parts) => {
      const [source, destination] = [placeIn(parts, 'source'), placeIn(parts, 'destination')];
      return (found) => move(found, source, destination);
    },
  ],
]);

/**
 * A FHIRPath Patch, carried out one operation after the other.
 * @param parameters those of the Parameters resource; nobody has validated them
 * @throws AppError (400) when one of them is no operation, before anything is changed
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 */
export function fhirPathPatch(parameters: unknown): Patch {
  if (!Array.isArray(parameters) || parameters.length === 0) {
    const text = 'A FHIRPath Patch has parameters named "operation", one or more.';
    throw new AppError('invalid', 'patch.no-operation', text, { issues: [{ text, expression: 'Parameters' }] });
  }
  const operations = parameters.map(readOperation);
  return (resource) => {
    for (const operation of operations) operation(resource);
  };
}

/** @throws AppError (400) when it is none */
function readOperation(parameter: unknown, at: number): (resource: Resource) => void {
  const expression = `Parameters.parameter[${at}]`;
  try {
    const parts = partsOf(parameter);
    const type = parts.get('type')?.valueCode;
    const read = CHANGES.get(type);
    if (!read) throw new SyntaxError(`its type must be one of ${[...CHANGES.keys()].join(', ')}`);
    const text = needed(parts, 'path', textOf, 'a FHIRPath in a valueString');
    const path = readPath(text);
    const change = read(parts);
    return (resource) => {
      try {
        change(path.find(resource));
      } catch (thrown) {
        throw thrown instanceof Misfit ? cannotBeDone(at, `${type} at ${shown(text)}`, thrown, expression) : thrown;
      }
    };
  } catch (thrown) {
    throw thrown instanceof SyntaxError ? notAnOperation(at, thrown.message, expression) : thrown;
  }
}

/** A path of names and places only may be shown: what it compares with could be somebody's data. */
function shown(path: string): string {
  return /^[\w.[\]()]{1,200}$/.test(path) ? path : 'its path';
}

function partsOf(parameter: unknown): Parts {
  const { name, part } = (parameter ?? {}) as { readonly name?: unknown; readonly part?: unknown };
  if (name !== 'operation' || !Array.isArray(part)) {
    throw new SyntaxError('it must be named "operation" and have parts');
  }
  const named = part.filter((each: ParametersParameter | null) => typeof each?.name === 'string');
  return new Map(named.map((each: ParametersParameter) => [each.name, each]));
}

function needed<T>(parts: Parts, name: string, read: (part: ParametersParameter) => T | undefined, what: string): T {
  const part = parts.get(name);
  const value = part && read(part);
  if (value !== undefined) return value;
  const type = String(parts.get('type')?.valueCode);
  throw new SyntaxError(
    part || name === 'path' ? `its ${name} must be ${what}` : `${type} needs a part named "${name}"`,
  );
}

function textOf({ valueString }: ParametersParameter): string | undefined {
  return typeof valueString === 'string' ? valueString : undefined;
}

function given(parts: Parts): ParametersParameter {
  return needed(parts, 'value', (part) => part, 'there');
}

function placeIn(parts: Parts, name: string): number {
  const whole = ({ valueInteger }: ParametersParameter): number | undefined =>
    Number.isInteger(valueInteger) ? valueInteger : undefined;
  return needed(parts, name, whole, 'a whole number in a valueInteger');
}
