import type { Sql } from './database.ts';

/** A question that is asked often, a few at the same time, and is answered by one row or none. */
export interface Question<Asked extends object> {
  /** What is asked by, and its SQL types; none of them a list. */
  readonly columns: Readonly<Record<keyof Asked & string, string>>;
  /** Selects the answer, one row at most, for the row `r` of what is asked. */
  readonly select: string;
  /** What is written because it is answered: in the same statement, so that neither is without the other. */
  readonly note?: {
    /** An INSERT of rows of `found`, which are what was asked and what was selected for it. */
    readonly insert: string;
    /** The columns of `found` that are the answer. */
    readonly answer: string;
  };
}

/** The database begins with so many, while the turn goes on with others. */
const MOST_TOGETHER = 8;

/** Statements that also write: a commit is for all who came while those before were under way. */
const NOTING_AT_ONCE = 2;

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
  const lines = new WeakMap<Sql, Line<Asked, Row>>();
  const text = textOf(question);
  const most = question.note ? NOTING_AT_ONCE : Number.POSITIVE_INFINITY;
  return (sql, asked) => {
    const line = lines.get(sql) ?? new Line(most, (some) => ask<Asked, Row>(sql, text, question, some));
    lines.set(sql, line);
    return line.ask(asked);
  };
}

type Ask<Asked, Row> = (asked: readonly Asked[]) => Promise<readonly (Row | undefined)[]>;

/** Those who wait for an answer of one database to one question. */
class Line<Asked, Row> {
  readonly #most: number;
  readonly #ask: Ask<Asked, Row>;
  #waiting: Waiting<Asked, Row>[] = [];
  #sent = 0;

  /** @param most how many statements are under way at once */
  constructor(most: number, ask: Ask<Asked, Row>) {
    this.#most = most;
    this.#ask = ask;
  }

  ask(asked: Asked): Promise<Row | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Row | undefined>();
    const count = this.#waiting.push({ asked, resolve, reject });
    if (count === 1) setImmediate(() => this.#send());
    else if (count >= MOST_TOGETHER) this.#send();
    return promise;
  }

  #send(): void {
    if (this.#waiting.length === 0 || this.#sent >= this.#most) return;
    const some = this.#waiting;
    this.#waiting = [];
    this.#sent += 1;
    void answer(some, this.#ask).then(() => {
      this.#sent -= 1;
      this.#send();
    });
  }
}

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
function textOf<Asked extends object>({ columns, select, note }: Question<Asked>): string {
  const kinds = Object.entries<string>(columns);
  const lists = kinds.map(([, type], at) => `(SELECT $${at + 1}::${type}[])`);
  const names = kinds.map(([name]) => name);
  const from = `unnest(${lists.join(', ')}) WITH ORDINALITY AS r(${names.join(', ')}, place)
    CROSS JOIN LATERAL (${select} LIMIT 1) AS s`;
  if (!note) return `SELECT r.place::int, s.* FROM ${from}`;
  return `WITH found AS MATERIALIZED (SELECT r.*, s.* FROM ${from}), noted AS (${note.insert})
    SELECT place::int, ${note.answer} FROM found`;
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
