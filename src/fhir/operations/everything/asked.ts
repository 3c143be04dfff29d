import { AppError } from '../../../errors.ts';
import { isKnownType } from '../../definitions.ts';
import { refuseApart } from '../../search/apart.ts';
import { type DateRange, tryDateRange } from '../../search/date-range.ts';
import { type Inputs, requireServed, simpleTexts } from '../inputs.ts';
import type { CareDates } from './care-dates.ts';
import { PARTS } from './read-part.ts';

/** Where a page begins: after this resource, in this part of this patient's record. */
export interface Cursor {
  readonly patientId: string;
  readonly part: number;
  readonly type: string;
  readonly id: string;
}

/** What a call asks for. */
export interface Asked {
  readonly dates: CareDates;
  readonly since: Date | undefined;
  readonly types: readonly string[];
  readonly count: number;
  readonly cursor: Cursor | undefined;
  /** What was asked, as the links of the answer repeat it. */
  readonly params: readonly (readonly [string, string])[];
}

const USUAL_COUNT = 500;
const LARGEST_COUNT = 1_000;
const NAMES = ['start', 'end', '_since', '_type', '_count'] as const;
/** The form a page is asked for in is that of the next. */
const OF_FORM = ['_format', '_pretty'] as const;

/**
 * @param patientId whose record is asked for; undefined when it is everybody's
 * @throws AppError (400) that names the parameter which cannot be understood
 */
export function readAsked(inputs: Inputs, patientId: string | undefined): Asked {
  requireServed(inputs, [...NAMES, '_cursor'], ['_type']);
  const params = [...NAMES, ...OF_FORM].flatMap((name) =>
    simpleTexts(inputs, name).map((value) => [name, value] as const),
  );
  const types = simpleTexts(inputs, '_type').flatMap((value) => value.split(','));
  for (const type of types)
    if (!isKnownType(type)) throw refused('_type', 'Name R4 types, e.g. _type=Observation,Condition.');
  refuseApart(...types);
  const [cursor] = simpleTexts(inputs, '_cursor');
  const dates = { start: dateOf(inputs, 'start')?.startsAt, end: dateOf(inputs, 'end')?.endsAt };
  if (dates.start && dates.end && dates.end < dates.start)
    throw refused('end', 'It lies before "start": nothing is within such a time.');
  return {
    dates,
    since: dateOf(inputs, '_since')?.startsAt,
    types,
    count: countOf(inputs),
    cursor: cursor === undefined ? undefined : readCursor(cursor, patientId),
    params,
  };
}

function dateOf(inputs: Inputs, name: string): DateRange | undefined {
  const [said] = simpleTexts(inputs, name);
  const range = said === undefined ? undefined : tryDateRange(said);
  if (said !== undefined && !range) throw refused(name, 'Write a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.');
  return range;
}

function countOf(inputs: Inputs): number {
  const [said = String(USUAL_COUNT)] = simpleTexts(inputs, '_count');
  if (!/^[1-9]\d{0,8}$/.test(said)) throw refused('_count', 'Write a whole number, 1 or more.');
  return Math.min(Number(said), LARGEST_COUNT);
}

/** A place between two pages as a text for the address of the next one. */
export function writeCursor({ patientId, part, type, id }: Cursor): string {
  return Buffer.from(JSON.stringify([patientId, part, type, id])).toString('base64url');
}

function readCursor(text: string, wanted: string | undefined): Cursor {
  try {
    const [patientId, part, type, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    const texts = [patientId, type, id].every((each) => typeof each === 'string' && /^[A-Za-z0-9.-]{0,64}$/.test(each));
    const isHere = wanted === undefined || wanted === patientId;
    if (texts && isHere && typeof part === 'number' && PARTS[part]) return { patientId, part, type, id } as Cursor;
  } catch {
    // Not JSON: refused below, as any other text that is none of ours.
  }
  throw refused('_cursor', 'Follow the "next" link of a page as it is.');
}

function refused(name: string, why: string): AppError {
  const text = `The parameter "${name}" cannot be understood. ${why}`;
  return new AppError('invalid', 'everything.parameter', text, { issues: [{ text, expression: name }] });
}
