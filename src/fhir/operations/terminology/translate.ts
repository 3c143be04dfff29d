import type { ConceptMap, ConceptMapGroupElementTarget, Parameters, ParametersParameter } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { read } from '../../rest/interactions/read.ts';
import type { Store } from '../../store/transact.ts';
import { published } from '../../terminology/expansion.ts';
import { validate } from '../../validate/validate.ts';
import { deskOf } from '../find-definition.ts';
import type { Operation, OperationCall } from '../operation.ts';
import { CODING_INPUTS, type CodingAsked, codingsAsked } from './asked/codings.ts';
import { type Inputs, invalid, readInputs } from './asked/inputs.ts';
import { type Asking, stored } from './asked/stored.ts';

const SERVED = ['url', 'conceptMap', 'conceptMapVersion', ...CODING_INPUTS, 'targetsystem', 'reverse'];

/** What a code is in another code system. @see https://hl7.org/fhir/R4/conceptmap-operation-translate.html */
export function translateOperation(store: Store): Operation {
  return {
    name: 'translate',
    definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
    levels: ['type', 'instance'],
    types: ['ConceptMap'],
    affectsState: false,
    run: async (call) => {
      const inputs = readInputs(call, SERVED, 'conceptMap');
      const codings = codingsAsked(inputs);
      const map = await mapAsked(deskOf(store, call), call, inputs);
      const [to, reverse] = [inputs.text('targetsystem'), inputs.flag('reverse') ?? false];
      const pairs = reverse
        ? pairsOf(map).map(reversed)
        : [...pairsOf(map), ...codings.flatMap((asked) => unmappedOf(map, asked))];
      const matches = pairs.filter(
        ({ from, target }) =>
          codings.some((asked) => isSame(from, asked)) && (to === undefined || target.system === to),
      );
      return { status: 200, resource: answer(map, matches) };
    },
  };
}

async function mapAsked(asking: Asking, call: OperationCall, inputs: Inputs): Promise<ConceptMap> {
  const url = inputs.text('url');
  const sent = inputs.resource('ConceptMap', 'conceptMap');
  if (sent && call.level === 'type' && url === undefined) {
    validate(sent);
    return sent;
  }
  if ((call.level === 'instance') === (url !== undefined) || sent) {
    throw invalid('url', 'Name the map by url, send it as conceptMap, or call the operation on it: one of these.');
  }
  if (url === undefined) return (await read(asking.sql, asking.caller, 'ConceptMap', call.id ?? '')) as ConceptMap;
  const version = inputs.text('conceptMapVersion');
  const known = published.known().conceptMaps();
  const map =
    known.find((each) => each.url === url && (version === undefined || each.version === version)) ??
    (await stored(asking, 'ConceptMap', version === undefined ? url : `${url}|${version}`));
  if (map) return map;
  const text =
    'No map of this address is known here. Check the address and its version, or store the ConceptMap first.';
  throw new AppError('notFound', 'terminology.unknown-map', text);
}

interface Code {
  readonly system: string | undefined;
  readonly code: string | undefined;
  readonly display?: string | undefined;
}

interface Pair {
  readonly from: Code;
  readonly target: Code;
  readonly equivalence: ConceptMapGroupElementTarget['equivalence'];
}

function pairsOf({ group = [] }: ConceptMap): Pair[] {
  return group.flatMap(({ source, target: targetSystem, element = [] }) =>
    element.flatMap(({ code, display, target = [] }) =>
      target.map((each) => ({
        from: { system: source, code, display },
        target: { system: targetSystem, code: each.code, display: each.display },
        equivalence: each.equivalence,
      })),
    ),
  );
}

/**
 * What a map says of codes it does not list: that they are the same there, or one code for all of them. Not of none at all,
 * and not what another map says.
 * @see https://hl7.org/fhir/R4/conceptmap.html#unmapped
 */
function unmappedOf({ group = [] }: ConceptMap, asked: CodingAsked): Pair[] {
  return group.flatMap(({ source, target: system, element = [], unmapped }): Pair[] => {
    const isListed = source !== asked.system || element.some(({ code }) => code === asked.code);
    if (isListed || !unmapped) return [];
    const from = { system: source, code: asked.code };
    if (unmapped.mode === 'provided')
      return [{ from, target: { system, code: asked.code, display: asked.display }, equivalence: 'equal' }];
    if (unmapped.mode !== 'fixed') return [];
    return [{ from, target: { system, code: unmapped.code, display: unmapped.display }, equivalence: 'relatedto' }];
  });
}

const OPPOSITES: ReadonlyMap<Pair['equivalence'], Pair['equivalence']> = new Map([
  ['wider', 'narrower'],
  ['narrower', 'wider'],
  ['subsumes', 'specializes'],
  ['specializes', 'subsumes'],
]);

function reversed({ from, target, equivalence }: Pair): Pair {
  return { from: target, target: from, equivalence: OPPOSITES.get(equivalence) ?? equivalence };
}

function isSame({ system, code }: Code, asked: CodingAsked): boolean {
  return code === asked.code && system === asked.system;
}

const NO_MATCH: ReadonlySet<Pair['equivalence']> = new Set(['unmatched', 'disjoint']);

function answer({ url }: ConceptMap, matches: readonly Pair[]): Parameters {
  const result = matches.some(({ equivalence }) => !NO_MATCH.has(equivalence));
  const message = result ? [] : [{ name: 'message', valueString: 'The map has no code for this one.' }];
  const parameter = matches.map((match) => asMatch(match, url));
  return {
    resourceType: 'Parameters',
    parameter: [{ name: 'result', valueBoolean: result }, ...message, ...parameter],
  };
}

function asMatch({ target, equivalence }: Pair, url: string | undefined): ParametersParameter {
  const { system, code, display } = target;
  const coding = { ...(system ? { system } : {}), ...(code ? { code } : {}), ...(display ? { display } : {}) };
  const part = [
    { name: 'equivalence', valueCode: equivalence ?? 'relatedto' },
    ...(code ? [{ name: 'concept', valueCoding: coding }] : []),
    ...(url ? [{ name: 'source', valueUri: url }] : []),
  ];
  return { name: 'match', part };
}
