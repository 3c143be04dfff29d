/** What is shown in the place of a header's value. */
export const MASK = '********';

/** A header as it is shown: its name, and not its value. One without a name is all value. Pure. */
export function masked(header: string): string {
  const name = nameOf(header);
  return name === undefined ? MASK : `${name}: ${MASK}`;
}

/** Whether a header is one as it is shown: its value was never known to who sends it, or is not sent again. Pure. */
export function isMasked(header: string): boolean {
  return header.slice(nameOf(header) === undefined ? 0 : header.indexOf(':') + 1).trim() === MASK;
}

/**
 * The headers that are meant by what was sent: one that is masked means the one of that name that is kept, the first
 * the first. Pure.
 * @returns undefined when nothing is kept that a masked one could mean
 */
export function meantBy(sent: readonly string[], kept: readonly string[]): string[] | undefined {
  const left = [...kept];
  const meant = sent.map((header) => {
    if (!isMasked(header)) return header;
    const at = left.findIndex((each) => keyOf(each) === keyOf(header));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
  return meant.every((each) => each !== undefined) ? meant : undefined;
}

function nameOf(header: string): string | undefined {
  const colon = header.indexOf(':');
  return colon < 0 ? undefined : header.slice(0, colon);
}

/** Names of headers are the same in any case. @see https://www.rfc-editor.org/rfc/rfc9110#name-field-names */
function keyOf(header: string): string | undefined {
  return nameOf(header)?.toLowerCase();
}
