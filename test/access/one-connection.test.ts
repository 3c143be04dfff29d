import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { answersIn, openRaw, type RawAnswer } from '../support/raw.ts';
import { join, startPeopleHub } from './people/people-hub.ts';

/** Proxies send the requests of several over one connection: who asks is said by each request, never by those before it. */
describe.each(databaseKinds())('over one connection (%s)', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let [first, second]: Partner[] = [];
  let [path, cookie] = ['', ''];
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    [first, second] = [await addPartner(hub, 'First'), await addPartner(hub, 'Second')];
    const body: Patient = { resourceType: 'Patient', name: [{ family: 'Löwenström', given: ['王', '🏠'] }] };
    const { id } = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { token: first.token, body }));
    path = `/fhir/R4/Patient/${id}`;
    cookie = `careloop=${(await join(hub, 'kim@hub.example', ['case-manager'])).cookie()}`;
  });
  afterAll(() => hub?.close());

  const asked = (header: string, more = ''): string =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${header === '' ? '' : `${header}\r\n`}${more}\r\n`;
  const of = (partner: Partner | undefined, scheme = 'Bearer '): string => `Authorization: ${scheme}${partner?.token}`;
  const tallied = (answers: readonly RawAnswer[]): number[] => answers.map(({ status }) => status);

  /** In turn: each when the one before is answered; or all at once. */
  const ask = async (headers: readonly string[], how: 'in turn' | 'at once'): Promise<RawAnswer[]> => {
    const raw = openRaw(hub.url);
    const said = headers.map((header, at) => asked(header, at + 1 === headers.length ? 'Connection: close\r\n' : ''));
    if (how === 'at once') raw.socket.write(said.join(''));
    else {
      for (const [at, each] of said.entries()) {
        raw.socket.write(each);
        await eventually(async () => expect(answersIn(raw.heard())).toHaveLength(at + 1));
      }
    }
    return answersIn(await raw.closed);
  };

  test.each(['in turn', 'at once'] as const)('each is who it shows to be, %s', async (how) => {
    const shown: [header: string, status: number][] = [
      [of(first), 200],
      [of(second), 404],
      [of(first), 200],
      ['', 401],
      [of(first, 'bearer '), 200],
      [of(second, 'BEARER '), 404],
      [of(first, 'Bearer  '), 401],
      [of(first, 'Basic '), 401],
      [`Authorization: Bearer ${first?.token.slice(1)}`, 401],
      [of(first), 200],
      [`Cookie: ${cookie}`, 200],
      [of(second), 404],
      [`Cookie: ${cookie}\r\n${of(second)}`, 404],
      ['', 401],
      [`Cookie: ${cookie}`, 200],
      [of(first), 200],
    ];
    const answers = await ask(
      shown.map(([header]) => header),
      how,
    );
    expect(tallied(answers)).toEqual(shown.map(([, status]) => status));
    const bodies = answers.filter(({ status }) => status === 200).map(({ body }) => JSON.parse(body).name[0].given);
    expect(bodies).toEqual(bodies.map(() => ['王', '🏠']));
  });

  test('a token that is revoked meanwhile is good no more, and another is', async () => {
    const { body } = await call<{ id: string; token: string }>('POST', `${hub.url}/api/clients`, {
      body: { name: 'Another of the first', organizationId: first?.id },
    });
    const raw = openRaw(hub.url);
    const say = async (header: string): Promise<number | undefined> => {
      const before = answersIn(raw.heard()).length;
      raw.socket.write(asked(header));
      await eventually(async () => expect(answersIn(raw.heard())).toHaveLength(before + 1));
      return answersIn(raw.heard()).at(-1)?.status;
    };
    const shown = `Authorization: Bearer ${body.token}`;
    expect([await say(shown), await say(shown)]).toEqual([200, 200]);
    await call('DELETE', `${hub.url}/api/clients/${body.id}`);
    expect([await say(shown), await say(of(first)), await say(shown)]).toEqual([401, 200, 401]);
    raw.socket.destroy();
  });

  test('is told of what is there as long as it is: by HEAD, under a condition, in HTTP/1.0, in the order asked', async () => {
    const whole = (await ask([of(first)], 'in turn'))[0];
    const length = String(Buffer.byteLength(whole?.body ?? ''));
    expect(whole?.headers['content-length']).toBe(length);
    const raw = openRaw(hub.url);
    const search = `GET /fhir/R4/Patient?family=nobody&_sort=family HTTP/1.1\r\nHost: localhost\r\n${of(first)}\r\n\r\n`;
    const kept = asked(of(first), 'Connection: keep-alive\r\n').replace('HTTP/1.1', 'HTTP/1.0');
    raw.socket.write(
      [
        search,
        asked(of(first)).replace('GET', 'HEAD'),
        asked(of(first), 'If-None-Match: W/"1"\r\n').replace(path, `/fhir/R4/Organization/${first?.id}`),
        asked(of(first)).replace(path, '/fhir/R4/Patient/nobody').replace('GET', 'HEAD'),
        search,
        kept,
        asked(of(first)).replace('HTTP/1.1', 'HTTP/1.0'),
      ].join(''),
    );
    const answers = answersIn(await raw.closed, [1, 3]);
    expect(answers[1]?.headers['content-length']).toBe(length);
    expect(tallied(answers)).toEqual([200, 200, 304, 404, 200, 200, 200]);
    expect(answers.map(({ body }) => (body === '' ? '' : JSON.parse(body).resourceType))).toEqual([
      'Bundle',
      '',
      '',
      '',
      'Bundle',
      'Patient',
      'Patient',
    ]);
    expect(answers.map(({ headers }) => headers.connection)).toEqual([...Array(6).fill('keep-alive'), 'close']);
  });
});
