import { printParseErrorCode, visit } from 'jsonc-parser';
import { AppError } from './errors.ts';

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

const MISTAKES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'there is a word that JSON does not have',
  InvalidNumberFormat: 'there is a number that JSON does not have',
  PropertyNameExpected: 'the name of a property is expected, in double quotes',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected, or the end of what is open',
  CloseBraceExpected: 'a closing brace is expected',
  CloseBracketExpected: 'a closing bracket is expected',
  EndOfFileExpected: 'the end is expected',
  InvalidCommentToken: 'there is a comment, which JSON does not have',
  UnexpectedEndOfComment: 'there is a comment, which JSON does not have',
  UnexpectedEndOfString: 'a text has no closing quote in its line',
  UnexpectedEndOfNumber: 'a number is cut off',
  InvalidUnicode: 'a \\u is not followed by four hexadecimal digits',
  InvalidEscapeCharacter: 'a backslash is followed by what it cannot be followed by',
  InvalidCharacter: 'a text holds a control character: write it with a backslash',
};

/**
 * Where a text stops being JSON, and what is wrong there; nothing of the text itself is said. Pure.
 * @returns e.g. `in line 3, column 14, a value is expected`, lines and columns from 1
 */
export function whyNotJson(text: string): string {
  let why: string | undefined;
  const onError = (code: number, _offset: number, _length: number, line: number, column: number): void => {
    why ??= `in line ${line + 1}, column ${column + 1}, ${MISTAKES[printParseErrorCode(code)] ?? 'it ends being JSON'}`;
  };
  try {
    visit(text, { onError }, STRICT);
  } catch (thrown) {
    // The reader calls itself for what is nested.
    if (!(thrown instanceof RangeError)) throw thrown;
    why ??= 'it is nested too deep';
  }
  return why ?? 'it is neither an object nor a list';
}

/** Says of a body that it is no JSON object or list, and where. */
export function bodyNotJson(text: string): AppError {
  const what = `The body is not JSON: ${whyNotJson(text)}. Correct it and send it again.`;
  return new AppError('invalid', 'http.not-json', what);
}
