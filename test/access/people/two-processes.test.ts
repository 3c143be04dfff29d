import { afterEach, describe, expect, test } from '@jest/globals';
import { createApp } from '../../../src/app.ts';
import { openDeps } from '../../../src/deps.ts';
import { listen, stopListening } from '../../../src/http/listen.ts';
import { databaseKinds } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { type Browser, openBrowser } from './browser.ts';
import { setUp, startPeopleHub } from './people-hub.ts';

/** On a busy machine that takes a while. */
const STARTS_A_HUB_MS = 180_000;

/** Reads a stream of news until it ends. @returns when it has begun */
async function follow(browser: Browser): Promise<{ ended: Promise<void> }> {
  const response = await fetch(`${browser.url}/api/events`, { headers: { cookie: `careloop=${browser.cookie()}` } });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  const ended = (async () => {
    while (!(await reader.read()).done);
  })();
  return { ended };
}

let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of close.reverse()) await each();
  close = [];
});

describe.each(databaseKinds())('a session in the %s store', (kind) => {
  test(
    'that is ended ends the stream of news it had open, too',
    async () => {
      const hub = await startPeopleHub(kind);
      close.push(() => hub.close());
      const browser = await setUp(hub);
      const { ended } = await follow(browser);
      await browser.send('DELETE', '/api/session');
      await ended;
    },
    STARTS_A_HUB_MS,
  );
});

const ofServers = databaseKinds().includes('server') ? describe : describe.skip;

ofServers('with two processes', () => {
  test(
    'a session is good in both, and ended in one it is ended in the other, at once, with its stream',
    async () => {
      const hub = await startPeopleHub('server');
      close.push(() => hub.close());
      const port = await freePort();
      const config = { ...hub.deps.config, PORT: port };
      const deps = await openDeps(config, { now: hub.clock.now });
      close.push(() => deps.close());
      const { server, url } = await listen(createApp(deps), config);
      close.push(() => stopListening(server));

      const browser = await setUp(hub);
      const other = openBrowser(url);
      other.setCookie(browser.cookie());
      expect((await other.send('GET', '/api/session')).status).toBe(200);
      const { ended } = await follow(other);
      expect((await browser.send('DELETE', '/api/sessions')).status).toBe(204);
      expect((await other.send('GET', '/api/loops')).status).toBe(401);
      await ended;
    },
    STARTS_A_HUB_MS,
  );
});
