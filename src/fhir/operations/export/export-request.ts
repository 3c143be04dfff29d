import { AppError } from '../../../errors.ts';
import { isStoredType } from '../../definitions.ts';
import { compartmentTypes } from '../../patient-compartment.ts';
import { idOf } from '../../references.ts';
import { belowBase, type Params } from '../../rest/request/address.ts';
import { APART } from '../../search/apart.ts';
import type { SearchContext } from '../../search/conditions/context.ts';
import { tryDateRange } from '../../search/date-range.ts';
import { type Inputs, inputsNamed, isOfEveryRequest, simpleTexts, textOf } from '../inputs.ts';
import { paramsIn, readTypeFilters, type TypeFilter } from './type-filters.ts';

/** What an export is of: everything, what belongs to patients, or what belongs to a group's. */
export type ExportLevel = 'system' | 'patient' | 'group';

/** What was asked of an export. */
export interface ExportRequest {
  readonly level: ExportLevel;
  /** The types wanted; undefined: all there are. */
  readonly types: readonly string[] | undefined;
  /** Only what changed after this moment, deletions too. */
  readonly since: string | undefined;
  /** Names of elements, with or without their types before them, separated by commas. */
  readonly elements: string | undefined;
  /** Searches that resources of their types must meet. */
  readonly filters?: readonly TypeFilter[];
  /** The address of the FHIR API, by which the filters may refer to resources here. */
  readonly base?: string;
  /** What was asked for and left out, in sentences. */
  readonly leftOut?: readonly string[];
  /** Ids of the patients named in the request; undefined: none were. */
  readonly patients: readonly string[] | undefined;
}

const FORMATS: ReadonlySet<string> = new Set(['application/fhir+ndjson', 'application/ndjson', 'ndjson']);
const KNOWN: ReadonlySet<string> = new Set(['_outputFormat', '_since', '_type', '_typeFilter', '_elements', 'patient']);

/**
 * Reads what is asked of an export. Pure.
 * @param lenient whether what this server does not do is left out rather than refused
 * @throws AppError (400) naming the parameter, and what to send instead
 * @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters
 */
export function readExportRequest(
  context: SearchContext,
  level: ExportLevel,
  inputs: Inputs,
  lenient: boolean,
): ExportRequest {
  const leftOut: string[] = [];
  requireKnown(inputs, lenient ? leftOut : undefined);
  requireFormat(only(inputs, '_outputFormat'));
  const types = typesOf(level, simpleTexts(inputs, '_type'), lenient ? leftOut : undefined);
  return {
    level,
    types,
    since: sinceOf(only(inputs, '_since')),
    elements: readElements(simpleTexts(inputs, '_elements')),
    filters: readTypeFilters(context, simpleTexts(inputs, '_typeFilter'), types, lenient ? leftOut : undefined),
    base: context.base,
    patients: patientsOf(context, level, inputs),
    leftOut: [...new Set(leftOut)],
  };
}

function readElements(said: readonly string[]): string | undefined {
  const names = said
    .flatMap((each) => each.split(','))
    .map((each) => each.trim())
    .filter(Boolean);
  if (names.every((name) => /^([A-Z][A-Za-z]{1,40}\.)?[a-z][A-Za-z]{0,60}$/.test(name)))
    return names.join(',') || undefined;
  const text =
    '_elements names elements of resources, with or without their type, e.g. id,Patient.name. Those within elements cannot be named.';
  throw refused('export.elements', text, '_elements');
}

/** The elements wanted of resources of a type: those named with it, and those named without a type. Empty: all. Pure. */
export function elementsOf(type: string, elements: string | undefined): string[] {
  return (elements ?? '').split(',').flatMap((name) => {
    const [of, element] = name.includes('.') ? name.split('.') : [type, name];
    return of === type && element ? [element] : [];
  });
}

/** The parameters of the searches of a request, whose value sets and code systems must be known before it is read. Pure. */
export function filtersIn(inputs: Inputs): Params {
  return paramsIn(simpleTexts(inputs, '_typeFilter'));
}

function requireKnown(inputs: Inputs, leftOut: string[] | undefined): void {
  const unknown = inputs.map(({ name }) => name).filter((name) => !KNOWN.has(name) && !isOfEveryRequest(name));
  if (unknown.length === 0) return;
  const isAssociated = unknown.includes('includeAssociatedData');
  if (leftOut) {
    if (isAssociated) leftOut.push('includeAssociatedData was left out: this server does not serve it.');
    if (unknown.some((name) => name !== 'includeAssociatedData'))
      leftOut.push('A parameter an export does not know was left out.');
    return;
  }
  if (isAssociated) {
    const text = 'includeAssociatedData is not served here. Leave it out; for Provenance name it in _type.';
    throw refused('export.parameter', text, 'includeAssociatedData');
  }
  throw new AppError(
    'invalid',
    'export.parameter',
    `An export knows the parameters ${[...KNOWN].join(', ')} and no others. Leave the others out, or send Prefer: handling=lenient.`,
  );
}

/** @throws AppError (400) when it is given twice: which one is meant is not known */
function only(inputs: Inputs, name: string): string | undefined {
  const [first, ...others] = simpleTexts(inputs, name);
  if (others.length === 0) return first;
  throw refused('export.parameter', `Give the parameter "${name}" once.`, name);
}

function requireFormat(format: string | undefined): void {
  // A plus that was not encoded arrives as a space.
  if (format === undefined || FORMATS.has(format.replace('fhir ', 'fhir+'))) return;
  throw refused('export.format', `_outputFormat must be one of ${[...FORMATS].join(', ')}.`, '_outputFormat');
}

function sinceOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // As above, in the offset from UTC.
  const since = tryDateRange(text.replace(' ', '+'));
  if (since) return since.startsAt.toISOString();
  throw refused('export.since', '_since must be an instant, e.g. 2026-11-22T10:00:00Z.', '_since');
}

function typesOf(
  level: ExportLevel,
  said: readonly string[],
  leftOut: string[] | undefined,
): readonly string[] | undefined {
  const types = [...new Set(said.flatMap((each) => each.split(',')).map((each) => each.trim()))].filter(Boolean);
  if (!types.every(isStoredType)) {
    throw refused('export.type', '_type must name R4 resource types, separated by commas, e.g. Patient,Task.', '_type');
  }
  if (types.includes(APART)) {
    const text = `The audit is kept apart from other resources, and not exported. Leave ${APART} out of _type, and search it.`;
    if (!leftOut) throw refused('export.type-apart', text, '_type');
    leftOut.push(`The audit is not exported: ${APART} was left out.`);
    types.splice(types.indexOf(APART), 1);
    // Nothing else was asked for: that is not to ask for all there is.
    if (types.length === 0) return [];
  }
  if (level === 'system') return types.length > 0 ? types.sort() : undefined;
  const possible = ['Patient', ...compartmentTypes()].sort();
  if (types.length === 0) return possible;
  const outside = types.filter((type) => !possible.includes(type));
  const text = `Resources of ${outside.join(', ')} belong to no patient. Leave them out of _type, or ask for them by an export of the system.`;
  if (outside.length > 0 && leftOut)
    leftOut.push(`Resources of ${outside.join(', ')} belong to no patient: they were left out.`);
  if (outside.length === 0 || leftOut) return types.filter((type) => possible.includes(type)).sort();
  throw refused('export.type-outside', text, '_type');
}

function patientsOf({ base }: SearchContext, level: ExportLevel, inputs: Inputs): readonly string[] | undefined {
  const said = inputsNamed(inputs, 'patient');
  if (said.length === 0) return undefined;
  const ids = said.map((input) => idOf('Patient', { reference: belowBase(textOf(input) ?? '', base) }));
  if (level !== 'system' && ids.every((id) => id !== undefined)) return ids.filter((id) => id !== undefined);
  const text = 'patient names one Patient as a reference, e.g. Patient/1, in an export of patients or of a group.';
  throw refused('export.patient', text, 'patient');
}

function refused(code: string, text: string, name: string): AppError {
  const expression = `Parameters.parameter.where(name='${name}')`;
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}
