import type { ValueSet, ValueSetExpansion, ValueSetExpansionContains } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { Store } from '../../store/transact.ts';
import { expand, type Member } from '../../terminology/expand.ts';
import { deskOf } from '../find-definition.ts';
import type { Operation } from '../operation.ts';
import { type Inputs, invalid, readInputs } from './asked/inputs.ts';
import { valueSetAsked } from './asked/value-set.ts';

const SERVED = [
  'url',
  'valueSet',
  'valueSetVersion',
  'filter',
  'offset',
  'count',
  'includeDesignations',
  'includeDefinition',
  'activeOnly',
  'excludeNested',
  'excludeNotForUI',
  'excludePostCoordinated',
  'displayLanguage',
];

const MOST_CODES = 10_000;

/** The codes of a value set. @see https://hl7.org/fhir/R4/valueset-operation-expand.html */
export function expandOperation(store: Store): Operation {
  return {
    name: 'expand',
    definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
    levels: ['type', 'instance'],
    types: ['ValueSet'],
    affectsState: false,
    run: async (call) => {
      const inputs = readInputs(call, SERVED, 'valueSet');
      const wanted = wantedOf(inputs);
      const { known, valueSet } = await valueSetAsked(deskOf(store, call), call, inputs);
      const expansion = expand(known, valueSet);
      if (!('members' in expansion)) throw notListed(expansion);
      const members = [...expansion.members.values()].flatMap((codes) => [...codes.values()]);
      const timestamp = store.now().toISOString();
      const identifier = `urn:uuid:${store.newId()}`;
      return { status: 200, resource: answer(valueSet, { identifier, timestamp, ...page(members, wanted) }, wanted) };
    },
  };
}

interface Wanted {
  readonly filter: string | undefined;
  readonly offset: number | undefined;
  readonly count: number | undefined;
  readonly designations: boolean;
  readonly definition: boolean;
  readonly activeOnly: boolean;
  /** Leaves out codes that only group others. */
  readonly selectable: boolean;
  readonly language: string | undefined;
  readonly said: NonNullable<ValueSetExpansion['parameter']>;
}

function wantedOf(inputs: Inputs): Wanted {
  const wanted = {
    filter: inputs.text('filter'),
    offset: inputs.count('offset'),
    count: inputs.count('count'),
    language: inputs.text('displayLanguage'),
    activeOnly: inputs.flag('activeOnly') ?? false,
    designations: inputs.flag('includeDesignations') ?? false,
    definition: inputs.flag('includeDefinition') ?? false,
    selectable: inputs.flag('excludeNotForUI') ?? false,
  };
  // Codes are always listed flat, and none is composed of others.
  inputs.flag('excludeNested');
  inputs.flag('excludePostCoordinated');
  const { filter, offset, count, language } = wanted;
  if (language !== undefined && !/^[A-Za-z0-9-]{2,35}$/.test(language)) {
    throw invalid('displayLanguage', 'The parameter "displayLanguage" must be the code of a language, e.g. es.');
  }
  const said = [
    ...(filter === undefined ? [] : [{ name: 'filter', valueString: filter }]),
    ...(offset === undefined ? [] : [{ name: 'offset', valueInteger: offset }]),
    ...(count === undefined ? [] : [{ name: 'count', valueInteger: count }]),
    ...(language === undefined ? [] : [{ name: 'displayLanguage', valueCode: language }]),
    ...(wanted.activeOnly ? [{ name: 'activeOnly', valueBoolean: true }] : []),
    ...(wanted.designations ? [{ name: 'includeDesignations', valueBoolean: true }] : []),
    ...(wanted.selectable ? [{ name: 'excludeNotForUI', valueBoolean: true }] : []),
  ];
  return { ...wanted, said };
}

function page(members: readonly Member[], wanted: Wanted): Pick<ValueSetExpansion, 'total' | 'offset' | 'contains'> {
  const words = (wanted.filter ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = members.filter(
    (member) =>
      !(wanted.activeOnly && member.inactive) &&
      !(wanted.selectable && member.abstract) &&
      words.every((word) => textOf(member, wanted.language).includes(word)),
  );
  const from = wanted.offset ?? 0;
  const shown = chosen.slice(from, wanted.count === undefined ? undefined : from + wanted.count);
  if (shown.length > MOST_CODES) throw tooCostly(shown.length);
  const contains = shown.map((member) => contained(member, wanted));
  const paged = wanted.offset !== undefined || wanted.count !== undefined;
  return { total: chosen.length, ...(paged ? { offset: from } : {}), ...(contains.length > 0 ? { contains } : {}) };
}

/** What a filter looks into. */
function textOf(member: Member, language: string | undefined): string {
  return `${member.code} ${displayIn(member, language) ?? ''}`.toLowerCase();
}

/** The words for a code, in the language asked for if there are any. */
export function displayIn(
  { display, designation = [] }: Pick<Member, 'display' | 'designation'>,
  language?: string,
): string | undefined {
  if (language === undefined) return display;
  const named = (wanted: string): string | undefined =>
    designation.find((each) => each.language?.toLowerCase() === wanted)?.value;
  const code = language.toLowerCase();
  return named(code) ?? named(code.split('-')[0] ?? code) ?? display;
}

function contained(member: Member, { language, designations }: Wanted): ValueSetExpansionContains {
  const { system, code, designation, inactive, abstract } = member;
  const display = displayIn(member, language);
  return {
    system,
    ...(abstract ? { abstract } : {}),
    ...(inactive ? { inactive } : {}),
    code,
    ...(display === undefined ? {} : { display }),
    ...(designations && designation?.length ? { designation: [...designation] } : {}),
  };
}

function answer(valueSet: ValueSet, expansion: ValueSetExpansion, { definition, said }: Wanted): ValueSet {
  const { compose, text: _text, expansion: _stored, ...described } = valueSet;
  return {
    ...described,
    resourceType: 'ValueSet',
    status: described.status ?? 'active',
    ...(definition && compose ? { compose } : {}),
    expansion: said.length > 0 ? { ...expansion, parameter: said } : expansion,
  };
}

/** The error for a value set that cannot be listed: why, and what it lacks. */
export function notListed({ why, at }: { readonly why: string; readonly at?: string }): AppError {
  // An address may be shown; anything else that was sent in its place could be somebody's data.
  const of = at !== undefined && /^[A-Za-z][\w+.:/|-]{1,200}$/.test(at) ? ` (${at})` : '';
  const text = `The codes of this value set cannot be listed here: ${why}${of}. Store what is missing here, or ask a terminology server that has it.`;
  const issues = [{ text, code: 'not-supported' as const }];
  return new AppError('unprocessable', 'terminology.not-listed', text, { issues });
}

function tooCostly(codes: number): AppError {
  const text = `The value set has ${codes} codes; at most ${MOST_CODES} are listed at once. Ask for a part by filter, or by offset and count.`;
  return new AppError('unprocessable', 'terminology.too-costly', text, { issues: [{ text, code: 'too-costly' }] });
}
