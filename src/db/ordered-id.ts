import { randomUUID } from 'node:crypto';

/**
 * An id that begins with its time: what is written about the same time stands together in every index, however many
 * there are. The rest, 74 bits, is random: nobody guesses another's. A UUID of version 7.
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */
export function orderedId(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
