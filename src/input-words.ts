import { z } from 'zod';

type Wrong = z.core.$ZodRawIssue;

/**
 * Lets schemas say what is wrong with an input in our words: what, where, and what to send. A schema's own sentence goes
 * before these. Called once, by whatever answers or prints what they say.
 */
export function sayInOurWords(): void {
  z.config({ customError: inputProblem });
}

/** What is wrong with an input, in a sentence or two; undefined where there is nothing better to say. Pure. */
export function inputProblem(wrong: Wrong): string | undefined {
  const where = placeOf(wrong.path ?? []);
  const wanted = wantedOf(wrong);
  if (wrong.code === 'unrecognized_keys') return unknownKeys(wrong.keys, where);
  if (wanted === undefined) return undefined;
  if (wrong.input === undefined) return `${where} is missing. Send ${wanted}.`;
  return `${where} cannot be used as it is. Send ${wanted}.`;
}

/** E.g. `activities[0].due`; of the whole body, that. */
function placeOf(path: readonly PropertyKey[]): string {
  const steps = path.map((step, at) =>
    typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${String(step)}`,
  );
  return steps.length === 0 ? 'The body' : steps.join('');
}

function wantedOf(wrong: Wrong): string | undefined {
  switch (wrong.code) {
    case 'invalid_type':
      return TYPES[wrong.expected] ?? `a value of the type ${wrong.expected}`;
    case 'invalid_value':
      return oneOf(wrong.values.map(String));
    case 'too_small':
      return amount(wrong.origin, wrong.minimum, 'least');
    case 'too_big':
      return amount(wrong.origin, wrong.maximum, 'most');
    case 'invalid_format':
      return FORMATS[wrong.format] ?? `a text of the form ${wrong.pattern ?? wrong.format}`;
    case 'not_multiple_of':
      return `a multiple of ${wrong.divisor}`;
    case 'invalid_union':
      return 'one of the forms that /api/openapi.json shows for it';
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text, in quotation marks',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, in square brackets',
  object: 'a JSON object, in braces',
  record: 'a JSON object, in braces',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  date: 'a date, as 2026-01-31',
  datetime: 'a moment with its offset, as 2026-01-31T09:00:00Z',
  url: 'an address, as https://partner.example/path',
  uuid: 'a UUID, as it was given to you',
};

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `"${values[0]}"` : `one of: ${values.join(', ')}`;
}

function amount(origin: string, limit: number | bigint, side: 'least' | 'most'): string {
  if (origin === 'string' && side === 'least' && limit === 1) return 'a text that is not empty';
  if (origin === 'string') return `a text of ${limit} characters at ${side}`;
  if (origin === 'array') return `a list of ${limit} entries at ${side}`;
  return `${limit} at ${side}`;
}

const MOST_NAMED = 5;
const LONGEST_NAME = 50;

function unknownKeys(keys: readonly string[], where: string): string {
  const named = keys.slice(0, MOST_NAMED).map((key) => `"${key.slice(0, LONGEST_NAME)}"`);
  const rest = keys.length > MOST_NAMED ? ` and ${keys.length - MOST_NAMED} more` : '';
  return `${where} has what is not known here: ${named.join(', ')}${rest}. Leave it out, or correct its name.`;
}
