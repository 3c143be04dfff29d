import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const TOO_COSTLY =
  'This search takes longer than this server allows, and was ended. Say more of what you look for, e.g. a patient, an identifier, a code or a time; :missing, :contains, _sort and _total look at all that the rest of the search finds.';

const HISTORY_TOO_COSTLY =
  'This history takes longer than this server allows, and was ended. Ask for less: the history of one resource or of one type, what changed since a time (_since), or a smaller _count, and follow the links to the next pages.';
const EVERYTHING_TOO_COSTLY =
  'This $everything takes longer than this server allows, and was ended. Ask for less: one patient, some types (_type), what changed since a time (_since), or a smaller _count, and follow the links to the next pages. For whole records ask for a $export, which may take its time.';
const MATCH_TOO_COSTLY =
  'This $match takes longer than this server allows, and was ended: many patients here are like the one described. Send what tells most by itself (an identifier with its system, a phone number, an e-mail address or the day of birth), and leave the name out.';

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
    ['of Provenance', 'GET', 'Provenance?recorded=gt2000', undefined],
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

  const OTHERS = [
    ['a history of one', 'GET', 'Patient/ID/_history', HISTORY_TOO_COSTLY],
    ['a history of a type', 'GET', 'Patient/_history', HISTORY_TOO_COSTLY],
    ['a history of everything', 'GET', '_history', HISTORY_TOO_COSTLY],
    ['$everything of one', 'GET', 'Patient/ID/$everything', EVERYTHING_TOO_COSTLY],
    ['$everything of all', 'GET', 'Patient/$everything', EVERYTHING_TOO_COSTLY],
    ['$match', 'POST', 'Patient/$match', MATCH_TOO_COSTLY],
  ] as const;

  test.each(OTHERS)(
    'is one of several: %s says what to do, by itself and in a batch',
    async (_name, method, at, text) => {
      const [{ id } = { id: '' }] = await hub.deps.db.query<{ id: string }>(
        `SELECT id FROM resource WHERE type = 'Patient'`,
      );
      const url = at.replace('ID', id);
      const described = {
        resourceType: 'Patient',
        name: [{ family: 'Berg', given: ['Asa'] }],
        birthDate: '1980-01-02',
      };
      const body = method === 'POST' ? described : undefined;
      await whileNothingIsRead(async () => {
        const answer = await call<OperationOutcome>(method, `${hub.fhir}/${url}`, { body });
        expect([answer.status, answer.body.issue[0]?.code, texts(answer)]).toEqual([422, 'too-costly', [text]]);
        const entry = [{ request: { method, url }, ...(body ? { resource: body } : {}) }];
        const batch = await call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'batch', entry } });
        expect(batch.body).toMatchObject({
          entry: [{ response: { status: '422', outcome: { issue: [{ code: 'too-costly', details: { text } }] } } }],
        });
      });
      expect((await call(method, `${hub.fhir}/${url}`, { body })).status).toBe(200);
    },
  );

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
