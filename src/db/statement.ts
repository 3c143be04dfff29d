import type { Statement } from './connection.ts';
import { TextList } from './parameters.ts';
import { textArray } from './text-array.ts';

// One statement text is one prepared statement on each connection: parsed and planned once. Searches can be worded in
// endless ways: what comes after the first few hundred is planned each time, rather than kept for ever.
const statementNames = new Map<string, string>();
const MOST_NAMED = 300;

function nameOf(text: string): string | undefined {
  const known = statementNames.get(text);
  if (known || statementNames.size >= MOST_NAMED) return known;
  const name = `careloop_${statementNames.size}`;
  statementNames.set(text, name);
  return name;
}

/** A statement as it is sent to the server: with values it is a prepared one. */
export function statement(text: string, values: readonly unknown[] | undefined): Statement {
  return { text, values: values?.map(sent), name: values && nameOf(text) };
}

function sent(value: unknown): unknown {
  return value instanceof TextList ? textArray(value.texts) : value;
}
