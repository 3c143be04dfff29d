import type { IncomingMessage, ServerResponse } from 'node:http';
import { REVOKED_CHANNEL } from '../access/clients.ts';
import type { Database } from '../db/database.ts';

const KEEP_ALIVE_MS = 20_000;

/** What may wait to be read, in bytes: whoever is behind by more is let go. It asks again, and for the lists anew. */
const MOST_WAITING = 65_536;

/**
 * Changed loops as server-sent events: the id only. The stream ends when who asked may not go on: at once when a session
 * or token is ended, else at the next sign of life. Nothing is done for it from then on, whatever of it is still to be sent.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamNews(
  db: Pick<Database, 'listen'>,
  response: ServerResponse<IncomingMessage>,
  channels: readonly string[],
  mayGoOn: () => Promise<boolean>,
): Promise<void> {
  const { socket } = response.req;
  // Its close was told already, and is not told again.
  if (socket.destroyed) return;
  const say = (text: string): void => {
    if (response.writableEnded) return;
    response.write(text);
    if (response.writableLength > MOST_WAITING) socket.destroy();
  };
  // Where it cannot be found out, it ends too: a page asks again.
  const look = (): void =>
    void mayGoOn().then(
      (good) => good || stop(),
      () => stop(),
    );
  const tell = (id: string): void => say(`event: loop\ndata: ${JSON.stringify({ id })}\n\n`);
  const alive = setInterval(() => {
    say(': still here\n\n');
    look();
  }, KEEP_ALIVE_MS);
  const listening = [...channels.map((channel) => db.listen(channel, tell)), db.listen(REVOKED_CHANNEL, look)];
  const stop = (): void => {
    clearInterval(alive);
    socket.off('close', stop);
    response.end();
    for (const each of listening) each.then((unlisten) => unlisten()).catch(() => undefined);
  };
  // Not of the answer: one that waits for those before it on its connection is not told when that closes.
  socket.once('close', stop);
  say('retry: 2000\n\n');
  await Promise.all(listening);
  // It may have been ended while nobody listened yet.
  look();
}
