import type { Sql } from './database.ts';
import { sentList } from './parameters.ts';
import { Together } from './together.ts';

/** Names and SQL types of columns; none of them a list. */
type Columns<Row extends object> = Readonly<Record<keyof Row & string, string>>;

/** A question that is asked often, a few at the same time, and is answered by one row or none. */
export interface Question<Asked extends object, Common extends object> {
  /** What is asked by. */
  readonly columns: Columns<Asked>;
  /** What many have in common who ask, e.g. for whom: it is sent once for all who have the same. */
  readonly common: Columns<Common>;
  /** Selects the answer, one row at most, for the row `r` of what is asked and the row `c` of what is common. */
  readonly select: string;
  /** What is written because it is answered: in the same statement, so that neither is without the other. */
  readonly note?: {
    /** An INSERT of rows of `found`, which are what was asked, what is common, what was selected for it, and `at`, the time. */
    readonly insert: string;
    /** The columns of `found` that are the answer. */
    readonly answer: string;
    readonly now: () => Date;
  };
}

/** Statements that also write wait for the disk: a commit is for all who came while those before were under way. */
const NOTING = { most: 16, underWay: { few: 1, most: 2 } };
const ASKING = { most: 8, underWay: { few: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY } };

interface One<Asked, Common> {
  readonly asked: Asked;
  readonly common: Common;
}

/**
 * Asks a question together with all others of its kind that come in the same turn of the event loop: one statement and
 * one answer of the database for all of them. Under load that is about a third of the work of asking one by one.
 */
export function gathered<Asked extends object, Row extends object, Common extends object>(
  question: Question<Asked, Common>,
): (sql: Sql, asked: Asked, common: Common) => Promise<Row | undefined> {
  const lines = new WeakMap<Sql, Together<One<Asked, Common>, Row | undefined>>();
  const text = textOf(question);
  const open = (sql: Sql): Together<One<Asked, Common>, Row | undefined> =>
    new Together({
      doFor: (some) => ask<Asked, Common, Row>(sql, text, question, some),
      isTriedAlone: () => true,
      ...(question.note ? NOTING : ASKING),
    });
  return (sql, asked, common) => {
    const line = lines.get(sql) ?? open(sql);
    lines.set(sql, line);
    return line.ask({ asked, common });
  };
}

/** Each by itself (LATERAL): the planner cannot know that they are few, and would read the whole table. */
function textOf<Asked extends object, Common extends object>(question: Question<Asked, Common>): string {
  const { columns, common, select, note } = question;
  const kinds = [...Object.entries<string>(columns), [WHICH, 'int']];
  const lists = kinds.map(([, type], at) => `(SELECT $${at + 1}::${type}[])`);
  const commonOnes = Object.entries<string>(common);
  const taken = commonOnes.map(([name, type], at) => `($${kinds.length + at + 1}::${type}[])[r.${WHICH}] AS ${name}`);
  const from = `unnest(${lists.join(', ')}) WITH ORDINALITY AS r(${kinds.map(([name]) => name).join(', ')}, place)
    CROSS JOIN LATERAL (SELECT ${taken.join(', ')}) AS c CROSS JOIN LATERAL (${select} LIMIT 1) AS s`;
  if (!note) return `SELECT r.place::int, s.* FROM ${from}`;
  return `WITH found AS MATERIALIZED (
      SELECT r.*, c.*, s.*, $${kinds.length + commonOnes.length + 1}::timestamptz AS at FROM ${from}
    ), noted AS (${note.insert})
    SELECT place::int, ${note.answer} FROM found`;
}

const WHICH = 'which_common';

async function ask<Asked extends object, Common extends object, Row>(
  sql: Sql,
  text: string,
  { columns, common, note }: Question<Asked, Common>,
  some: readonly One<Asked, Common>[],
): Promise<(Row | undefined)[]> {
  const names = Object.keys(common) as (keyof Common)[];
  const differing: Common[] = [];
  const which = some.map((one) => placeOf(differing, one.common, names));
  const values: unknown[] = [
    ...Object.entries<string>(columns).map(([name, type]) =>
      sentList(
        some.map(({ asked }) => asked[name as keyof Asked]),
        type,
      ),
    ),
    which,
    ...names.map((name) => differing.map((each) => each[name])),
  ];
  if (note) values.push(note.now().toISOString());
  const rows = await sql.query<Row & { place: number }>(text, values, { brief: true, now: true });
  const answers: (Row | undefined)[] = [];
  for (const row of rows) answers[row.place - 1] = row;
  return answers;
}

/** The place, from 1, of what is the same among those that differ; it is added where it is new. */
function placeOf<Common extends object>(differing: Common[], common: Common, names: readonly (keyof Common)[]): number {
  const at = differing.findIndex((each) => names.every((name) => each[name] === common[name]));
  return at < 0 ? differing.push(common) : at + 1;
}
