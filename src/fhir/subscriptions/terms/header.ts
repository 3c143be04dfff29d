/** A header to send with each notification. */
export type Header = readonly [name: string, value: string];

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
const VALUE = /^[\x20-\x7e\t]{0,4000}$/;

/** What the connection itself says, or this hub: it is not the subscriber's to set. */
const TAKEN: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Reads an entry of `channel.header`, as in `Authorization: Bearer …`; undefined when it is no header that may be sent.
 * Pure.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-field-values
 */
export function readHeader(text: string): Header | undefined {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0));
  const value = text.slice(colon + 1);
  if (!NAME.test(name) || !VALUE.test(value) || TAKEN.has(name.toLowerCase())) return undefined;
  return [name, value.trim()];
}
