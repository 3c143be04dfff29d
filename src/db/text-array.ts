/** `text`, as the server numbers types. */
const TEXT = 25;
const HEAD_BYTES = 20;
const NOTHING = -1;

/**
 * Texts as the binary form of a `text[]`: each with its length before it, so that nothing has to be quoted here, nor looked for there.
 * @see https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/arrayfuncs.c `array_recv`
 */
export function textArray(texts: readonly (string | null)[]): Buffer {
  const lengths = texts.map((text) => (text === null ? NOTHING : Buffer.byteLength(text)));
  const size = lengths.reduce((sum, length) => sum + 4 + Math.max(length, 0), HEAD_BYTES);
  const array = Buffer.allocUnsafe(size);
  // One dimension, whether anything is null, of what, how many, counted from one.
  let at = array.writeInt32BE(texts.length === 0 ? 0 : 1, 0);
  at = array.writeInt32BE(texts.includes(null) ? 1 : 0, at);
  at = array.writeInt32BE(TEXT, at);
  at = array.writeInt32BE(texts.length, at);
  at = array.writeInt32BE(1, at);
  for (const [place, text] of texts.entries()) {
    at = array.writeInt32BE(lengths[place] ?? NOTHING, at);
    if (text) at += array.write(text, at);
  }
  return texts.length === 0 ? array.subarray(0, 12) : array;
}
