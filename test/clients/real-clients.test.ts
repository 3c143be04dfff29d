import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, Organization, Patient, Resource, Task } from '@medplum/fhirtypes';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken } from '../support/operator.ts';
import { fhirKit } from './adapters/fhir-kit.ts';
import { fhirclient } from './adapters/fhirclient.ts';
import { medplum } from './adapters/medplum.ts';
import { type ClientKind, type Kept, type RealClient, type Refusal, resourcesOf } from './adapters/real-client.ts';

const CLIENTS: readonly ClientKind[] = [medplum, fhirKit, fhirclient];
const usable = CLIENTS.filter(({ missing }) => !missing);

for (const { missing } of CLIENTS) if (missing) console.warn(missing);

test('every client is there to be tried (in CI)', () => {
  const missing = CLIENTS.flatMap((client) => client.missing ?? []);
  if (process.env.CI) expect(missing).toEqual([]);
});

describe.each(databaseKinds())('on the %s store', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub.close());

  describe.each(usable)('$name', ({ open }) => {
    let client: RealClient;
    beforeAll(async () => {
      client = await open(hub.fhir, operatorToken(hub.url) ?? '');
    });
    /** An identifier system that this test has to itself. */
    const mine = (): string => `https://clients.example/${crypto.randomUUID()}`;

    const refused = async (work: Promise<unknown>): Promise<Refusal> => {
      const thrown = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (thrown === undefined) throw new Error('The hub did not refuse.');
      return client.refusal(thrown);
    };
    const expectRefusal = ({ status, outcome }: Refusal, expected: { status: number; code: string }): void => {
      if (status !== undefined) expect(status).toBe(expected.status);
      expect(outcome.resourceType).toBe('OperationOutcome');
      expect(outcome.issue[0]).toMatchObject({ severity: 'error', code: expected.code });
      expect(outcome.issue[0]?.details?.text).toMatch(/\.$/);
    };

    test('creates, reads, updates, patches', async () => {
      const created = await client.create(patient('Ng'));
      expect(created).toMatchObject({ name: [{ family: 'Ng' }], meta: { versionId: '1' } });
      expect(await client.read<Patient>('Patient', created.id)).toEqual(created);

      const updated = await client.update<Patient>({ ...created, gender: 'female' }, etagOf(created));
      expect(updated).toMatchObject({ id: created.id, gender: 'female', meta: { versionId: '2' } });

      const patched = await client.patch<Patient>('Patient', created.id, [
        { op: 'add', path: '/birthDate', value: '1950-05-05' },
        { op: 'replace', path: '/gender', value: 'other' },
      ]);
      expect(patched).toMatchObject({ gender: 'other', birthDate: '1950-05-05', meta: { versionId: '3' } });
    });

    test('meets somebody else’s change, and reads why its own is refused', async () => {
      const created = await client.create(patient('Ng'));
      await client.update<Patient>({ ...created, gender: 'female' }, etagOf(created));
      const stale = await refused(client.update<Patient>({ ...created, gender: 'male' }, etagOf(created)));
      expectRefusal(stale, { status: 412, code: 'conflict' });
      expect(stale.outcome.issue[0]?.details?.text).toBe(
        `You changed version 1 of Patient/${created.id}, which is now at version 2. Read it again and repeat your change.`,
      );
      const again = await client.read<Patient>('Patient', created.id);
      const repeated = await client.update<Patient>({ ...again, birthDate: '1950-05-05' }, etagOf(again));
      expect(repeated).toMatchObject({ gender: 'female', birthDate: '1950-05-05', meta: { versionId: '3' } });
      expect(await client.read<Patient>('Patient', created.id)).toMatchObject({ gender: 'female' });
    });

    test('reads what is wrong with what it sent', async () => {
      const { status, outcome } = await refused(
        client.create({ resourceType: 'Patient', birthDate: 'yesterday', shoeSize: 42 } as unknown as Patient),
      );
      if (status !== undefined) expect([400, 422]).toContain(status);
      const expressions = outcome.issue.flatMap(({ expression }) => expression ?? []);
      expect(expressions.sort()).toEqual(['Patient.birthDate', 'Patient.shoeSize']);
      expectRefusal(await refused(client.read('Patient', 'nobody')), { status: 404, code: 'not-found' });
      const lost = observation('nobody', '2026-01-01');
      expect((await refused(client.create(lost))).outcome.issue[0]).toMatchObject({
        expression: ['Observation.subject.reference'],
      });
    });

    test('searches along references: included, back, chained', async () => {
      const system = mine();
      const clinic = await client.create<Organization>({ resourceType: 'Organization', name: `Clinic ${system}` });
      const seen = await client.create<Patient>({
        ...patient('Ng', { system, value: '1' }),
        managingOrganization: { reference: `Organization/${clinic.id}` },
      });
      const glucose = await client.create(observation(seen.id, '2026-01-01'));

      const bySystem = `identifier=${encodeURIComponent(`${system}|1`)}`;
      const both = `${bySystem}&_include=Patient:organization&_revinclude=Observation:patient`;
      const { entry } = await client.search('Patient', both);
      const modes = entry?.map(({ resource, search }) => `${resource?.resourceType}/${resource?.id} ${search?.mode}`);
      expect(modes?.sort()).toEqual(
        [`Observation/${glucose.id} include`, `Organization/${clinic.id} include`, `Patient/${seen.id} match`].sort(),
      );
      const name = encodeURIComponent(clinic.name as string);
      const chained = await client.search('Observation', `subject:Patient.organization.name:exact=${name}`);
      expect(idsOf(chained)).toEqual([glucose.id]);
      const reverse = await client.search('Patient', `${bySystem}&_has:Observation:patient:date=2026-01-01`);
      expect(idsOf(reverse)).toEqual([seen.id]);
    });

    test('pages through 1,000 resources and sees each once', async () => {
      const system = mine();
      for (let begin = 0; begin < 1_000; begin += 250) {
        const entry = Array.from({ length: 250 }, (_, at) => posted(task(system, begin + at)));
        await client.send({ resourceType: 'Bundle', type: 'transaction', entry });
      }
      const seen: string[] = [];
      let pages = 0;
      for await (const page of client.pages('Task', `identifier=${encodeURIComponent(`${system}|`)}&_count=90`)) {
        pages += 1;
        for (const resource of page as Task[]) seen.push(resource.identifier?.[0]?.value ?? '');
      }
      expect(pages).toBeGreaterThanOrEqual(12);
      expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, at) => at));
    });

    test('sends a transaction: all of it, or nothing', async () => {
      const answered = await client.send({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { ...posted(observation('x', '2026-01-02')), fullUrl: 'urn:uuid:5a1c5f2e-16a5-4b7e-8f0f-6b3e5a3c0002' },
          { ...posted(patient('Transacted')), fullUrl: PERSON },
        ].map(toPerson),
      });
      expect(answered.type).toBe('transaction-response');
      expect(answered.entry?.map(({ response }) => response?.status?.slice(0, 3))).toEqual(['201', '201']);
      const [measured, person] = answered.entry?.map(({ response }) => idIn(response?.location)) ?? [];
      const read = await client.read<Observation>('Observation', measured ?? '');
      expect(read.subject?.reference).toBe(`Patient/${person}`);

      const system = mine();
      const broken: Bundle = {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [posted(patient('Half', { system, value: '1' })), posted(observation('nobody', '2026-01-03'))],
      };
      const { status } = await refused(client.send(broken));
      if (status !== undefined) expect(status).toBe(422);
      expect(idsOf(await client.search('Patient', `identifier=${encodeURIComponent(`${system}|1`)}`))).toEqual([]);
    });

    test('sends a batch: each for itself', async () => {
      const answered = await client.send({
        resourceType: 'Bundle',
        type: 'batch',
        entry: [posted(patient('Batched')), posted(observation('nobody', '2026-01-03'))],
      });
      expect(answered.type).toBe('batch-response');
      expect(answered.entry?.map(({ response }) => response?.status?.slice(0, 3))).toEqual(['201', '422']);
      expect(answered.entry?.[1]?.response?.outcome).toMatchObject({ resourceType: 'OperationOutcome' });
    });

    test('reads the history, newest first', async () => {
      const created = await client.create(patient('Before'));
      await client.update<Patient>({ ...created, name: [{ family: 'After' }] });
      const history = await client.history('Patient', created.id);
      expect(history.type).toBe('history');
      const names = (resourcesOf(history) as Patient[]).map(({ name }) => name?.[0]?.family);
      expect(names).toEqual(['After', 'Before']);
    });

    test('creates only what is not there yet', async () => {
      const system = mine();
      const person = patient('Once', { system, value: '1' });
      const query = `identifier=${encodeURIComponent(`${system}|1`)}`;
      const first = await client.createIfNoneExist(person, query);
      await client.createIfNoneExist(person, query);
      expect(idsOf(await client.search('Patient', query))).toEqual([first.id]);
    });

    test('reads why a patch does not fit, and that nothing was changed', async () => {
      const created = await client.create(patient('Patched'));
      const step = { op: 'replace', path: '/photo/0/title', value: 'x' } as const;
      expectRefusal(await refused(client.patch<Patient>('Patient', created.id, [step])), {
        status: 422,
        code: 'business-rule',
      });
      expect(await client.read<Patient>('Patient', created.id)).toEqual(created);
    });

    test('deletes, and reads that it is gone', async () => {
      const created = await client.create(patient('Gone'));
      await client.remove('Patient', created.id);
      expectRefusal(await refused(client.read('Patient', created.id)), { status: 410, code: 'deleted' });
      expect(idsOf(await client.search('Patient', `_id=${created.id}`))).toEqual([]);
    });
  });
});

const PERSON = 'urn:uuid:5a1c5f2e-16a5-4b7e-8f0f-6b3e5a3c0001';

function patient(family: string, identifier?: { system: string; value: string }): Patient {
  return { resourceType: 'Patient', name: [{ family }], ...(identifier ? { identifier: [identifier] } : {}) };
}

function observation(patientId: string, effectiveDateTime: string): Observation {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'glucose' },
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime,
  };
}

function task(system: string, number: number): Task {
  return { resourceType: 'Task', status: 'draft', intent: 'plan', identifier: [{ system, value: String(number) }] };
}

function posted(resource: Resource): NonNullable<Bundle['entry']>[number] {
  return { resource, request: { method: 'POST', url: resource.resourceType } };
}

/** An Observation of the person who comes in the same Bundle. */
function toPerson(entry: NonNullable<Bundle['entry']>[number]): NonNullable<Bundle['entry']>[number] {
  if (entry.resource?.resourceType !== 'Observation') return entry;
  return { ...entry, resource: { ...entry.resource, subject: { reference: PERSON } } };
}

/** As clients make it of what they have read. */
function etagOf({ meta }: Resource): string {
  return `W/"${meta?.versionId}"`;
}

function idIn(location: string | undefined): string | undefined {
  return /[A-Z][A-Za-z]+\/([^/]+)/.exec(location ?? '')?.[1];
}

function idsOf(bundle: Bundle): (string | undefined)[] {
  return resourcesOf(bundle).map(({ id }: Resource | Kept) => id);
}
