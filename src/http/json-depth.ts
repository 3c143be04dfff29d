import { AppError } from '../errors.ts';

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125];

/**
 * Whether JSON is nested no deeper than anything means: whatever walks through it calls itself for each level. Pure.
 * @param bytes as they came, in an encoding that has ASCII's characters
 * @param deepest how deep it may be
 */
export function isShallow(bytes: Uint8Array, deepest: number): boolean {
  // As deep as this it has as many brackets that open, and as many that close.
  if (bytes.length < 2 * deepest) return true;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at + 1);
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1;
      if (depth > deepest) return false;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
  }
  return true;
}

function endOfText(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

export function nestedTooDeep(deepest: number): AppError {
  const text = `The body is nested more than ${deepest} deep. Send it flatter: nothing in FHIR needs that.`;
  return new AppError('invalid', 'http.too-deep', text);
}
