import { isUtf8 } from 'node:buffer';

/**
 * A header of a request as it was sent; undefined where it was not. As express's `request.get`, which looks at the name
 * each time.
 * @param value as `request.headers` has it: read by a name that stands in the code, which costs least
 */
export function header(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that is ASCII.
const ASCII = /^[\x00-\x7f]*$/;

/**
 * The same, of a header that people's words may stand in. Letters beyond ASCII come as bytes that say nothing of their
 * encoding, and are read as Latin-1: where they are UTF-8 that is what they mean, as in the body.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5
 */
export function textHeader(value: string | readonly string[] | undefined): string | undefined {
  const text = header(value);
  if (text === undefined || ASCII.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : text;
}
