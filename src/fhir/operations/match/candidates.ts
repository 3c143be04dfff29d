import type { Patient } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type Caller, contentFor, visibleTo } from '../../caller.ts';
import { tryDateRange } from '../../search/date-range.ts';
import { indexKeys } from '../../search/parameters/index-keys.ts';
import { seenSql } from '../../sharing/trimming/seen.ts';
import { cut, foldText, LONGEST_TEXT, lexeme, textPrefix } from '../../store/index/keys.ts';
import type { Stored } from '../../store/unit-of-work.ts';
import { partsOf } from './person.ts';

/** Most records that are compared; each way of finding them has its share. */
export const MOST_CANDIDATES = 500;
const SHARE = 125;

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The patients worth comparing with one: those who share an identifier, a phone number or e-mail address, the day of
 * birth, the name, or the beginning of the name and about the year of birth. One statement, by indexes only.
 */
export async function candidatesFor(sql: Sql, caller: Caller, patient: Patient): Promise<Stored<Patient>[]> {
  const statement = candidatesSql(caller, patient);
  if (!statement) return [];
  const rows = await sql.query<{ content: Stored<Patient> }>(statement.text, statement.values);
  return rows.map(({ content }) => content);
}

/** Undefined when the patient says nothing to find anybody by. Pure. */
export function candidatesSql(caller: Caller, patient: Patient): Statement | undefined {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const blocks = [
    ...tokenBlocks(patient, add),
    ...birthDateBlocks(patient, add),
    ...nameBlocks(patient, add),
    ...beginningBlocks(patient, add),
  ];
  if (blocks.length === 0) return undefined;
  // Whom the caller may not see must not take the place of those they may.
  const seen = `NOT resource.deleted AND ${visibleTo(caller)}`;
  const shares = blocks.map(
    ({ from, where, by }) =>
      `(SELECT resource.id FROM ${from} WHERE ${[where, seen, ...shownBy(caller, by)].join(' AND ')} LIMIT ${SHARE})`,
  );
  const text = `SELECT ${contentFor(caller)} AS content FROM resource
    WHERE type = 'Patient' AND ${visibleTo(caller)} AND id IN (SELECT id FROM (${shares.join(' UNION ')}) AS found LIMIT ${MOST_CANDIDATES})`;
  return { text, values };
}

interface Block {
  readonly from: string;
  readonly where: string;
  /** The elements by which they are found: what is not shown to who asks finds nobody. */
  readonly by: readonly string[];
}

function shownBy(caller: Caller, elements: readonly string[]): string[] {
  const seen = seenSql(caller, 'resource', [elements]);
  return seen === undefined ? [] : [seen];
}

type Add = (value: unknown) => string;

function tokenBlocks({ identifier, telecom }: Patient, add: Add): Block[] {
  const said = (telecom ?? []).flatMap(({ value }) =>
    value ? [value, value.toLowerCase(), value.replace(/\D/g, '')] : [],
  );
  const identified = (identifier ?? []).flatMap(({ system, value }) =>
    system && value ? indexKeys('Patient', 'identifier', `${system}|${value}`) : [],
  );
  const reached = [...new Set(said)]
    .filter((value) => value !== '')
    .flatMap((value) => indexKeys('Patient', 'telecom', value));
  const block = (keys: string[], by: string): Block[] =>
    keys.length === 0
      ? []
      : [
          {
            from: 'resource',
            where: `resource.type = 'Patient' AND resource.tokens && ${add(keys)}::text[]`,
            by: [by],
          },
        ];
  return [...block(identified, 'identifier'), ...block(reached, 'telecom')];
}

function birthDateBlocks({ birthDate }: Patient, add: Add): Block[] {
  const [year, month, day] = (birthDate ?? '').split('-');
  const days = [birthDate, `${year}-${day}-${month}`].flatMap((each) => tryDateRange(each ?? '') ?? []);
  if (day === undefined || days.length === 0) return [];
  const starts = days.map(({ startsAt }) => startsAt.getTime());
  const from = `search_range s JOIN resource ON resource.type = 'Patient' AND resource.id = s.id`;
  return [{ from, where: `${BORN} AND s.low = ANY(${add(starts)}::float8[])`, by: ['birthDate'] }];
}

/**
 * A name's texts are its family name and its given names, so that one that is written the wrong way round is found too;
 * and the whole of it: some are written only so.
 */
function nameBlocks({ name }: Patient, add: Add): Block[] {
  return firstNames(name).flatMap(({ family, given, whole }) => {
    if (!family || !given) return [];
    const where = named(`${begins(family)} & ${begins(given, LETTERS)} | ${begins(whole)}`, add);
    return [{ from: 'resource', where, by: ['name'] }];
  });
}

const LETTERS = 3;

function beginningBlocks({ name, birthDate }: Patient, add: Add): Block[] {
  const year = Number((birthDate ?? '').slice(0, 4));
  if (!(year > 1)) return [];
  return firstNames(name).flatMap(({ family }) => {
    if (!family) return [];
    const [from, to] = [year - 1, year + 2].map((each) => add(Date.UTC(each, 0)));
    const born = `EXISTS (SELECT 1 FROM search_range s WHERE ${BORN} AND s.id = resource.id AND s.low >= ${from}::float8 AND s.low < ${to}::float8)`;
    const where = `${named(begins(family, LETTERS), add)} AND ${born}`;
    return [{ from: 'resource', where, by: ['name', 'birthDate'] }];
  });
}

const BORN = `s.type = 'Patient' AND s.param = 'birthdate'`;

function named(query: string, add: Add): string {
  return `resource.type = 'Patient' AND resource.texts @@ ${add(query)}::tsquery`;
}

/** As much of a text as is kept for finding it. */
function begins(text: string, letters = LONGEST_TEXT): string {
  return `${lexeme(textPrefix('Patient', 'name', cut(text, letters)))}:*`;
}

const MOST_NAMES = 3;

function firstNames(names: Patient['name']): { family: string; given: string; whole: string }[] {
  return (names ?? []).slice(0, MOST_NAMES).map((name) => {
    const { family, given } = partsOf(name);
    const whole = [...given, family].join(' ');
    return { family: foldText(family), given: foldText(given[0] ?? ''), whole: foldText(whole) };
  });
}
