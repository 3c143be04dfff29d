import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent } from '@medplum/fhirtypes';
import { sealAudit } from '../../src/fhir/audit/chain/seal-audit.ts';
import { verifyAudit } from '../../src/fhir/audit/chain/verify-audit.ts';
import { tellRefusals } from '../../src/fhir/audit/record/refusals.ts';
import { validate } from '../../src/fhir/validate/validate.ts';
import { call, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { askForToken, type Claims, claimsOf, makeKey } from '../support/program.ts';
import { join, PASSWORD, setUp, signIn, startPeopleHub } from './people/people-hub.ts';
import { addOrganization, endpointOf, type Program, startProgramOf } from './programs.ts';

const SCOPE = 'system/Task.rs';
const MINUTE_MS = 60_000;

describe.each(databaseKinds())('who is refused, in the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let program: Program;
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    program = await startProgramOf(hub, await addOrganization(hub, 'Clinic'), [SCOPE]);
  });
  afterAll(() => hub?.close());

  const nextMinute = (): void => hub.clock.advance(MINUTE_MS);
  const search = async (query: string): Promise<AuditEvent[]> =>
    found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?_count=1000&${query}`));
  /** Entries since this minute began. */
  const now = (query: string): Promise<AuditEvent[]> =>
    search(`date=ge${hub.clock.now().toISOString().slice(0, 16)}:00Z&${query}`);
  const timesOf = ({ entity = [] }: AuditEvent): unknown =>
    entity.flatMap(({ detail = [] }) => detail).find(({ type }) => type === 'times')?.valueString;
  const claims = (others: Claims = {}): Claims => claimsOf(program.id, endpointOf(hub), hub.clock.now(), others);
  const ask = (assertion: string): ReturnType<typeof askForToken> => askForToken(endpointOf(hub), assertion, SCOPE);
  const unsigned = (alg: string): string =>
    [
      ...[{ alg, kid: program.key.kid }, claims()].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      ),
      '',
    ].join('.');
  const seconds = (): number => Math.floor(hub.clock.now().getTime() / 1_000);

  const NAMED: readonly [string, string, () => Promise<string>][] = [
    ['expired', 'assertion-expired', () => program.key.sign(claims({ exp: seconds() - 1 }))],
    ['good for too long', 'assertion-too-long-lived', () => program.key.sign(claims({ exp: seconds() + 400 }))],
    [
      'for another audience',
      'assertion-audience',
      () => program.key.sign(claims({ aud: 'https://other.example/token' })),
    ],
    ['by an unknown key', 'assertion-unknown-key', () => program.key.sign(claims(), { kid: 'another' })],
    [
      'used before',
      'assertion-replayed',
      async () => {
        const assertion = await program.key.sign(claims());
        expect((await ask(assertion)).status).toBe(200);
        return assertion;
      },
    ],
  ];

  test.each(NAMED)(
    'an assertion that is %s is an AuditEvent of the program that it names',
    async (_what, reason, make) => {
      nextMinute();
      expect((await ask(await make())).status).toBe(401);
      const [event, ...more] = await now(`altid=${program.id}&type=110113&subtype=token&outcome=4`);
      expect(more).toEqual([]);
      validate(event as AuditEvent);
      expect(event).toMatchObject({
        subtype: [{ code: '110126' }, { code: 'token' }],
        outcomeDesc: reason,
        agent: [{ altId: program.id, who: { reference: `Organization/${program.organizationId}` } }],
      });
    },
  );

  const NAMELESS: readonly [string, string, () => Promise<string> | string][] = [
    ['not signed', 'assertion-algorithm', () => unsigned('none')],
    ['signed by another algorithm', 'assertion-algorithm', async () => (await makeKey('ES256')).sign(claims())],
    ['over-long', 'assertion-too-long', () => program.key.sign(claims({ padding: 'x'.repeat(8_000) }))],
    ['of an unknown program', 'unknown-client', () => program.key.sign(claims({ iss: crypto.randomUUID() }))],
    ['no assertion', 'assertion-form', () => 'Robin Berg'],
  ];

  test.each(NAMELESS)('an assertion that is %s is an AuditEvent of nobody', async (_what, reason, make) => {
    nextMinute();
    expect((await ask(await make())).status).toBe(401);
    const [event, ...more] = await now('subtype=token&outcome=4');
    expect(more).toEqual([]);
    expect(event).toMatchObject({ outcomeDesc: reason, agent: [{ requestor: true }] });
    expect(event?.agent[0]).not.toHaveProperty('who');
    validate(event as AuditEvent);
  });

  test('a token that is given is an AuditEvent too', async () => {
    nextMinute();
    await program.token(SCOPE);
    expect(await now(`altid=${program.id}&subtype=token`)).toMatchObject([{ outcome: '0' }]);
  });

  test('however many are refused, a minute leaves an entry for the first and one that says how many more', async () => {
    nextMinute();
    const assertion = await program.key.sign(claims({ exp: seconds() - 1 }));
    await ask(assertion);
    await Promise.all(Array.from({ length: 60 }, () => ask(assertion)));
    expect(await now('subtype=token&outcome=4')).toHaveLength(1);
    await tellRefusals(hub.deps.db, hub.clock.now());
    expect(await now('subtype=token&outcome=4')).toHaveLength(1);
    nextMinute();
    // Several workers may do so at once.
    await Promise.all([1, 2, 3].map(() => tellRefusals(hub.deps.db, hub.clock.now())));
    const told = await now('subtype=token&outcome=4');
    expect(told.map(timesOf)).toEqual(['60']);
    validate(told[0] as AuditEvent);
    await tellRefusals(hub.deps.db, hub.clock.now());
    expect(await now('subtype=token&outcome=4')).toHaveLength(1);
  });

  test('tokens that are unknown are counted, and one that was revoked says whose it was', async () => {
    nextMinute();
    const token = await program.token(SCOPE);
    for (let at = 0; at < 5; at += 1)
      expect((await call('GET', `${hub.fhir}/Task`, { token: `unknown-${at}` })).status).toBe(401);
    expect(await now('outcome=4')).toMatchObject([{ outcomeDesc: 'access.token', subtype: [{ code: 'operation' }] }]);
    nextMinute();
    hub.clock.advance(10 * MINUTE_MS);
    expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(401);
    expect(await now(`altid=${program.id}&outcome=4`)).toMatchObject([{ outcomeDesc: 'access.token' }]);
  });

  test('somebody who guesses a password is refused, and counted; whether there is such an account too', async () => {
    await setUp(hub);
    const kim = await join(hub, 'kim@hub.example', ['case-manager']);
    nextMinute();
    for (let at = 0; at < 4; at += 1) await signIn(hub, 'kim@hub.example', `guess ${at} of a password`);
    await signIn(hub, 'nobody@hub.example', PASSWORD);
    const events = await now('subtype=sign-in&outcome=4');
    expect(events.map(({ agent, outcomeDesc }) => [agent[0]?.altId, outcomeDesc]).sort()).toEqual(
      [
        [kim.personId, 'people.sign-in'],
        [undefined, 'people.sign-in'],
      ].sort(),
    );
    nextMinute();
    await tellRefusals(hub.deps.db, hub.clock.now());
    expect((await now(`subtype=sign-in&altid=${kim.personId}`)).map(timesOf)).toEqual(['3']);
  });

  test('links that are not good are counted', async () => {
    nextMinute();
    for (const path of ['/api/invitations/look', '/api/session/link']) {
      const headers = { origin: hub.url };
      expect(
        (await call('POST', `${hub.url}${path}`, { body: { code: 'guessed' }, headers, token: null })).status,
      ).toBe(403);
    }
    const events = await now('subtype=sign-in&outcome=4');
    expect(events.map(({ outcomeDesc }) => outcomeDesc).sort()).toEqual(['people.invitation', 'people.sign-in-link']);
  });

  test('what is hidden and what is not there are refused alike, and leave alike entries', async () => {
    const body = { resourceType: 'Task', status: 'draft', intent: 'plan' };
    const { id } = (await call<{ id: string }>('POST', `${hub.fhir}/Task`, { body })).body;
    nextMinute();
    const token = await program.token(SCOPE);
    const entry = [`Task/${id}`, 'Task/none'].map((url) => ({ request: { method: 'GET', url } }));
    for (const each of [id, 'none']) {
      expect((await call('GET', `${hub.fhir}/Task/${each}`, { token })).status).toBe(404);
      expect((await call('GET', `${hub.url}/api/loops/${each}`, { token })).status).toBe(404);
    }
    await call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'batch', entry }, token });
    const shown = async (who?: string): Promise<unknown[]> => {
      const minute = hub.clock.now().toISOString().slice(0, 16);
      const query = `_count=100&_sort=_id&outcome=4&altid=${program.id}&date=ge${minute}:00Z`;
      const events = found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?${query}`, who ? { token: who } : {}));
      return events.map(({ outcomeDesc, entity = [] }) => [outcomeDesc, entity[0]?.what?.reference]);
    };
    // Who may not see it is told its name in neither case; at the hub it is told what there is.
    const auditing = await startProgramOf(hub, program.organizationId, ['system/AuditEvent.rs']);
    const six = Array.from({ length: 6 }, () => ['resource.not-found', undefined]);
    expect(await shown(await auditing.token('system/AuditEvent.rs'))).toEqual(six);
    const ofHidden = ['resource.not-found', `Task/${id}`];
    expect(await shown()).toEqual([ofHidden, ofHidden, ...six.slice(2, 4), ofHidden, six[5]]);
  });

  test('holds nothing that somebody said, and stays in the chain', async () => {
    await sealAudit(hub.deps.db, hub.clock.now());
    const rows = JSON.stringify(await hub.deps.db.query('SELECT a::text FROM audit a'));
    expect(rows).not.toMatch(/Robin Berg|guess|nobody@|unknown-\d/);
    expect((await verifyAudit(hub.deps.db)).ok).toBe(true);
  });
});
