import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const TOO_COSTLY =
  'This search takes longer than this server allows, and was ended. Say more of what you look for, e.g. a patient, an identifier, a code or a time; :missing, :contains, _sort and _total look at all that the rest of the search finds.';

// The embedded store runs one statement after another, and cannot end one.
const onServer = databaseKinds().includes('server') ? describe : describe.skip;

onServer('a search that has the database work for too long', () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await startHub('server', { settings: { STATEMENT_TIMEOUT_MS: '1500' } });
    await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient', active: true } }));
  });
  afterEach(() => hub.close());

  /** What reads resources (or the audit) meanwhile takes as long as it may. */
  const whileNothingIsRead = (work: () => Promise<void>, table = 'resource'): Promise<void> =>
    hub.deps.db.transaction(async (tx) => {
      await tx.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      await work();
    });

  const SEARCHES = [
    ['of a type', 'GET', 'Patient?birthdate:missing=true', undefined],
    ['that is only counted', 'GET', 'Patient?name:contains=berg&_summary=count', undefined],
    ['of everything', 'GET', '?_type=Patient,Task&_sort=_id', undefined],
    ['that is a condition', 'PUT', 'Patient?name:contains=berg', { resourceType: 'Patient', active: false }],
  ] as const;

  test.each(SEARCHES)('is ended, and the answer says why and what to do: one %s', async (_name, method, path, body) => {
    await whileNothingIsRead(async () => {
      const answer = await call<OperationOutcome>(method, `${hub.fhir}/${path}`, { body });
      expect(answer.status).toBe(422);
      expect(answer.body.issue.map(({ code }) => code)).toEqual(['too-costly']);
      expect(texts(answer)).toEqual([TOO_COSTLY]);
    });
  });

  test('of the audit, too', async () => {
    await whileNothingIsRead(async () => {
      const answer = await call<OperationOutcome>('GET', `${hub.fhir}/AuditEvent?action=C`);
      expect([answer.status, texts(answer)]).toEqual([422, [TOO_COSTLY]]);
    }, 'audit');
  });

  test('leaves nothing behind: the next one is answered', async () => {
    await whileNothingIsRead(async () => {
      const all = await Promise.all(
        Array.from({ length: 12 }, () => call('GET', `${hub.fhir}/Patient?birthdate:missing=true`)),
      );
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([422]));
    });
    const { status, body } = await call('GET', `${hub.fhir}/Patient?birthdate:missing=true`);
    expect([status, body]).toEqual([200, expect.objectContaining({ total: 1 })]);
  });

  test('in a batch harms only itself', async () => {
    await whileNothingIsRead(async () => {
      const entry = [
        { request: { method: 'GET', url: 'Patient?birthdate:missing=true' } },
        { request: { method: 'GET', url: 'metadata' } },
      ];
      const { body } = await call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'batch', entry } });
      expect(body).toMatchObject({ entry: [{ response: { status: '422' } }, { response: { status: '200' } }] });
    });
  });

  test('any other request that takes too long may be tried again, and changed nothing', async () => {
    await whileNothingIsRead(async () => {
      const answer = await call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } });
      expect(answer.status).toBe(503);
      expect(texts(answer)).toEqual([
        'The database took longer over this than it may, and ended it. Nothing was changed; try again later, or ask for less at once.',
      ]);
    });
    expect((await call('GET', `${hub.fhir}/Patient`)).body).toMatchObject({ total: 1 });
  });
});
