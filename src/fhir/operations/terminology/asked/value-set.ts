import type { ValueSet } from '@medplum/fhirtypes';
import { AppError } from '../../../../errors.ts';
import { read } from '../../../rest/interactions/read.ts';
import type { Known } from '../../../terminology/known.ts';
import type { OperationCall } from '../../operation.ts';
import { type Inputs, invalid } from './inputs.ts';
import { type Asking, knownWith } from './stored.ts';

/** The value set an operation is about, and the terminology around it. */
export interface ValueSetAsked {
  readonly known: Known;
  readonly valueSet: ValueSet;
}

/**
 * The value set of a call: the one it is called on, one that is sent, or one named by its canonical address.
 * @throws AppError (400) when none or several are named, (404) when it is not known here
 */
export async function valueSetAsked(asking: Asking, call: OperationCall, inputs: Inputs): Promise<ValueSetAsked> {
  const sent = inputs.resource('ValueSet', 'valueSet');
  const url = inputs.text('url');
  const version = inputs.text('valueSetVersion');
  const ways = [call.level === 'instance', sent !== undefined, url !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    throw invalid('url', 'Name one value set: by url, as valueSet, or by calling the operation on it.');
  }
  if (url === undefined) {
    const valueSet = sent ?? ((await read(asking.sql, asking.caller, 'ValueSet', call.id ?? '')) as ValueSet);
    return { valueSet, known: await knownWith(asking, [], [wellFormed(valueSet)]) };
  }
  const canonical = version === undefined ? url : `${url}|${version}`;
  const known = await knownWith(asking, [['ValueSet', canonical]]);
  const valueSet = known.valueSet(canonical);
  if (!valueSet) throw unknownValueSet();
  return { known, valueSet };
}

/** What is sent was never validated: it is enough that what is read of it is of the right shape. */
function wellFormed(valueSet: ValueSet): ValueSet {
  const { compose, expansion } = valueSet as { compose?: unknown; expansion?: unknown };
  const parts = compose === undefined ? [] : [asObject(compose).include ?? [], asObject(compose).exclude ?? []];
  for (const include of parts.flatMap(asList).map(asObject)) {
    for (const text of [include.system, include.version]) if (text !== undefined) asText(text);
    asList(include.valueSet ?? []).map(asText);
    for (const { code } of asList(include.concept ?? []).map(asObject)) asText(code);
    for (const filter of asList(include.filter ?? []).map(asObject)) {
      for (const text of [filter.property, filter.op, filter.value]) asText(text);
    }
  }
  if (expansion !== undefined) for (const { contains } of [asObject(expansion)]) contained(contains ?? []);
  return valueSet;
}

function contained(list: unknown): void {
  const waiting = [...asList(list)];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    waiting.push(...asList(asObject(next).contains ?? []));
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed();
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed();
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw malformed();
}

function malformed(): AppError {
  return invalid('valueSet', 'The value set is not valid FHIR R4. Ask ValueSet/$validate what is wrong with it.');
}

function unknownValueSet(): AppError {
  const text =
    'No value set of this address is known here. Check the address and its version, or store the ValueSet first.';
  return new AppError('notFound', 'terminology.unknown-value-set', text);
}
