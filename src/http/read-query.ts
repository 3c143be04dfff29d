import type { z } from 'zod';
import { AppError, type Issue } from '../errors.ts';

const MOST_NAMED = 5;
/** A parameter's name may be said; anything else could be somebody's data. */
const NAME = /^[A-Za-z_][\w.-]{0,39}$/;

/**
 * What the parameters of an address ask for.
 * @throws AppError (400) that names each one that is not known: left out without a word, a list would be of more than was
 * asked for
 */
export function readQuery<Schema extends z.ZodObject>(schema: Schema, query: object): z.infer<Schema> {
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw notKnown(unknown, known);
  return schema.parse(query);
}

function notKnown(names: readonly string[], known: readonly string[]): AppError {
  const issues = names.slice(0, MOST_NAMED).map((name): Issue => {
    const what = NAME.test(name) ? `The parameter ${name}` : 'A parameter';
    const instead = known.length > 0 ? `Those that are: ${known.join(', ')}.` : 'There are none here.';
    return { text: `${what} is not known here. ${instead}`, expression: NAME.test(name) ? name : undefined };
  });
  return new AppError('invalid', 'http.parameter', issues.map(({ text }) => text).join(' '), { issues });
}
