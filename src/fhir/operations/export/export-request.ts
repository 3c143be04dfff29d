import type { Parameters } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { isKnownType } from '../../definitions.ts';
import { compartmentTypes } from '../../patient-compartment.ts';
import { idOf } from '../../references.ts';
import { tryDateRange } from '../../search/date-range.ts';

/** What an export is of: everything, what belongs to patients, or what belongs to a group's. */
export type ExportLevel = 'system' | 'patient' | 'group';

/** What was asked of an export. */
export interface ExportRequest {
  readonly level: ExportLevel;
  /** The types wanted; undefined: all there are. */
  readonly types: readonly string[] | undefined;
  /** Only what changed after this moment, deletions too. */
  readonly since: string | undefined;
  readonly elements: string | undefined;
  /** Ids of the patients named in the request; undefined: none were. */
  readonly patients: readonly string[] | undefined;
}

type Inputs = NonNullable<Parameters['parameter']>;

const FORMATS: ReadonlySet<string> = new Set(['application/fhir+ndjson', 'application/ndjson', 'ndjson']);
const KNOWN: ReadonlySet<string> = new Set(['_outputFormat', '_since', '_type', '_elements', 'patient']);

/**
 * Reads what is asked of an export. Pure.
 * @param lenient whether what this server does not do is left out rather than refused
 * @throws AppError (400) naming the parameter, and what to send instead
 * @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters
 */
export function readExportRequest(level: ExportLevel, inputs: Inputs, lenient: boolean): ExportRequest {
  requireKnown(inputs, lenient);
  requireFormat(texts(inputs, '_outputFormat')[0]);
  return {
    level,
    types: typesOf(level, texts(inputs, '_type'), lenient),
    since: sinceOf(texts(inputs, '_since')[0]),
    elements: texts(inputs, '_elements').join(',') || undefined,
    patients: patientsOf(level, inputs),
  };
}

function texts(inputs: Inputs, name: string): string[] {
  const said = inputs.filter((input) => input.name === name);
  return said.flatMap(({ valueString, valueInstant, valueCode }) => valueString ?? valueInstant ?? valueCode ?? []);
}

function requireKnown(inputs: Inputs, lenient: boolean): void {
  const unknown = inputs.find(({ name }) => !KNOWN.has(name ?? ''));
  if (!unknown || lenient) return;
  throw new AppError(
    'invalid',
    'export.parameter',
    `An export knows the parameters ${[...KNOWN].join(', ')} and no others. Leave the others out, or send Prefer: handling=lenient.`,
  );
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

function typesOf(level: ExportLevel, said: readonly string[], lenient: boolean): readonly string[] | undefined {
  const types = [...new Set(said.flatMap((each) => each.split(',')).map((each) => each.trim()))].filter(Boolean);
  if (!types.every(isKnownType)) {
    throw refused('export.type', '_type must name R4 resource types, separated by commas, e.g. Patient,Task.', '_type');
  }
  if (level === 'system') return types.length > 0 ? types.sort() : undefined;
  const possible = ['Patient', ...compartmentTypes()].sort();
  if (types.length === 0) return possible;
  const outside = types.filter((type) => !possible.includes(type));
  if (outside.length === 0 || lenient) return types.filter((type) => possible.includes(type)).sort();
  const text = `Resources of ${outside.join(', ')} belong to no patient. Leave them out of _type, or ask for them by an export of the system.`;
  throw refused('export.type-outside', text, '_type');
}

function patientsOf(level: ExportLevel, inputs: Inputs): readonly string[] | undefined {
  const said = inputs.filter(({ name }) => name === 'patient');
  if (said.length === 0) return undefined;
  const ids = said.map(({ valueReference, valueString }) =>
    idOf('Patient', valueReference ?? { reference: valueString }),
  );
  if (level !== 'system' && ids.every((id) => id !== undefined)) return ids.filter((id) => id !== undefined);
  const text = 'patient names one Patient as a reference, e.g. Patient/1, in an export of patients or of a group.';
  throw refused('export.patient', text, 'patient');
}

function refused(code: string, text: string, name: string): AppError {
  const expression = `Parameters.parameter.where(name='${name}')`;
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}
