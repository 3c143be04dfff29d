import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DocumentReference, Task } from '@medplum/fhirtypes';
import type { Database, Transaction } from '../../src/db/database.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';

describe.each(databaseKinds())('a create whose references nobody has labelled (%s)', (kind) => {
  let hub: TestHub;
  let partner: Partner;
  beforeAll(async () => {
    hub = await startHub(kind);
    partner = await addPartner(hub, 'Mercy Hospital');
  });
  afterAll(() => hub?.close());

  const document = (security?: object[]): Promise<DocumentReference & { id: string }> =>
    done<DocumentReference>(
      call('POST', `${hub.fhir}/DocumentReference`, {
        token: partner.token,
        body: {
          resourceType: 'DocumentReference',
          status: 'current',
          content: [{ attachment: { title: 'A letter' } }],
          ...(security ? { meta: { security } } : {}),
        },
      }),
    );
  const taskFor = ({ id }: { id: string }): Promise<Task & { id: string }> =>
    done<Task>(
      call('POST', `${hub.fhir}/Task`, {
        token: partner.token,
        body: {
          resourceType: 'Task',
          status: 'requested',
          intent: 'order',
          code: { text: 'Call the household' },
          focus: { reference: `DocumentReference/${id}` },
          requester: { reference: `Organization/${partner.id}` },
        },
      }),
    );

  test('is one statement; with labels it is more, and has them', async () => {
    const plain = await document();
    const hiv = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' };
    const labelled = await document([hiv]);
    // What the hub remembers it has read by then.
    await taskFor(plain);
    const asked = countQueries(hub.deps.db);
    expect([(await taskFor(plain)).meta?.security, asked()]).toEqual([undefined, 0]);
    expect((await taskFor(labelled)).meta?.security).toContainEqual(hiv);
    expect(asked()).toBeGreaterThan(0);
  });
});

/** How many statements transactions have run before the one that commits them. */
function countQueries(db: Database): () => number {
  let count = 0;
  const transaction = db.transaction.bind(db);
  const counted = (tx: Transaction): Transaction => ({
    query: (text, values, options) => {
      count += 1;
      return tx.query(text, values, options);
    },
    commitWith: (rows) => tx.commitWith(rows),
  });
  Object.assign(db, {
    transaction: <T>(work: (tx: Transaction) => Promise<T>) => transaction((tx) => work(counted(tx))),
  });
  return () => count;
}
