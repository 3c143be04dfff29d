import type { Sql } from './database.ts';

/** A question that is asked often, a few at the same time, and is answered by one row or none. */
export interface Question<Asked extends object> {
  /** What is asked by, and its SQL types; none of them a list. */
  readonly columns: Readonly<Record<keyof Asked & string, string>>;
  /** Selects the answer, one row at most, for the row `r` of what is asked. */
  readonly select: string;
}

/** The database begins with so many, while the turn goes on with others. */
const MOST_TOGETHER = 8;

interface Waiting<Asked, Row> {
  readonly asked: Asked;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Asks a question together with all others of its kind that come in the same turn of the event loop: one statement and
 * one answer of the database for all of them. Under load that is about a third of the work of asking one by one.
 */
export function gathered<Asked extends object, Row extends object>(
  question: Question<Asked>,
): (sql: Sql, asked: Asked) => Promise<Row | undefined> {
  const all = new WeakMap<Sql, Waiting<Asked, Row>[]>();
  const text = textOf(question);
  return (sql, asked) => {
    const { promise, resolve, reject } = Promise.withResolvers<Row | undefined>();
    const waiting = all.get(sql) ?? [];
    const send = (): void => {
      if (all.get(sql) !== waiting) return;
      all.delete(sql);
      void answer(waiting, (some) => ask<Asked, Row>(sql, text, question, some));
    };
    const count = waiting.push({ asked, resolve, reject });
    if (count === 1) {
      all.set(sql, waiting);
      setImmediate(send);
    } else if (count === MOST_TOGETHER) send();
    return promise;
  };
}

type Ask<Asked, Row> = (asked: readonly Asked[]) => Promise<readonly (Row | undefined)[]>;

async function answer<Asked, Row>(waiting: readonly Waiting<Asked, Row>[], ask: Ask<Asked, Row>): Promise<void> {
  try {
    const rows = await ask(waiting.map(({ asked }) => asked));
    for (const [at, { resolve }] of waiting.entries()) resolve(rows[at]);
  } catch (thrown) {
    // What is wrong with one question is not the others' fault: each is asked alone.
    if (waiting.length > 1) for (const each of waiting) void answer([each], ask);
    else waiting[0]?.reject(thrown);
  }
}

/** Each by itself (LATERAL): the planner cannot know that they are few, and would read the whole table. */
function textOf<Asked extends object>({ columns, select }: Question<Asked>): string {
  const kinds = Object.entries<string>(columns);
  const lists = kinds.map(([, type], at) => `(SELECT $${at + 1}::${type}[])`);
  const names = kinds.map(([name]) => name);
  return `SELECT r.place::int, s.* FROM unnest(${lists.join(', ')}) WITH ORDINALITY AS r(${names.join(', ')}, place)
    CROSS JOIN LATERAL (${select} LIMIT 1) AS s`;
}

async function ask<Asked extends object, Row>(
  sql: Sql,
  text: string,
  { columns }: Question<Asked>,
  asked: readonly Asked[],
): Promise<(Row | undefined)[]> {
  const lists = Object.keys(columns).map((name) => asked.map((each) => each[name as keyof Asked]));
  const rows = await sql.query<Row & { place: number }>(text, lists, { brief: true, now: true });
  const answers: (Row | undefined)[] = [];
  for (const row of rows) answers[row.place - 1] = row;
  return answers;
}
