import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type ExportDeps, runExport } from '../../src/fhir/operations/export/run-export.ts';
import { maintain } from '../../workers/maintain.ts';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { Killed, mortal } from '../support/mortal-database.ts';
import { deletedIn, kickOff, linesOf, type Manifest, manifestAt, namesOf } from './exports.ts';

const patients = (count: number): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: count }, (_, at) => ({
    request: { method: 'POST', url: 'Patient' },
    resource: { resourceType: 'Patient', name: [{ family: `Tester ${at}` }] },
  })),
});
const jobIn = (statusUrl: string): string => new URL(statusUrl).searchParams.get('job') ?? '';

describe.each(backends())('an export of 5,000 resources ($name)', ({ store, queueSettings }) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(store, { workers: true, settings: await queueSettings() });
    for (let at = 0; at < 10; at += 1) await done(call('POST', hub.fhir, { body: patients(500) }));
  }, 60_000);
  afterAll(() => hub?.close());

  test('is what is stored, each once', async () => {
    const manifest = await manifestAt((await kickOff(`${hub.fhir}/$export?_type=Patient`)).statusUrl);
    const stored = await hub.deps.db.query<{ content: Resource }>(
      `SELECT content FROM resource WHERE type = 'Patient' ORDER BY id`,
    );
    const lines = await linesOf(manifest.output);
    expect(lines).toHaveLength(5_000);
    expect(lines).toEqual(stored.map(({ content }) => content));
  });
});

describe.each(databaseKinds())('an export, step by step (%s)', (kind) => {
  let hub: TestHub;
  let clock = 0;
  const now = (): Date => new Date(Date.now() + clock);
  beforeAll(async () => {
    hub = await startHub(kind, { now });
    await done(call('POST', hub.fhir, { body: patients(23) }));
  });
  afterAll(() => hub?.close());

  const stepping = (dieAt?: number): { deps: ExportDeps; steps: () => number } => {
    const { db, steps } = mortal(hub.deps.db, dieAt);
    return {
      deps: {
        store: { db, now, search: hub.deps.store.search },
        keepMs: 3_600_000,
        step: { rows: 10, bytes: 1_000_000 },
      },
      steps,
    };
  };
  const begin = async (): Promise<string> => {
    const { status, statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Patient,Basic`);
    expect(status).toBe(202);
    clock += 1;
    return statusUrl;
  };
  const made = async (deps: ExportDeps): Promise<Manifest> => {
    const statusUrl = await begin();
    await runExport(deps, jobIn(statusUrl));
    return manifestAt(statusUrl);
  };

  test('has what was meant when it was asked for, though the value set it names is changed and deleted meanwhile', async () => {
    const system = 'https://agency.example/kinds';
    const basic = { resourceType: 'Basic', code: { coding: [{ system, code: 'wanted' }] } };
    const { id } = await done(call('POST', `${hub.fhir}/Basic`, { body: basic }));
    const compose = { include: [{ system, concept: [{ code: 'wanted' }] }] };
    const valueSet = { resourceType: 'ValueSet', status: 'active', url: 'https://agency.example/wanted', compose };
    const kept = await done(call('POST', `${hub.fhir}/ValueSet`, { body: valueSet }));
    const search = encodeURIComponent(`Basic?code:in=${valueSet.url}`);
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Basic&_typeFilter=${search}`);
    clock += 1;
    const other = { include: [{ system, concept: [{ code: 'another' }] }] };
    const changed = { ...valueSet, id: kept.id, compose: other };
    await done(call('PUT', `${hub.fhir}/ValueSet/${kept.id}`, { body: changed }));
    await done(call('DELETE', `${hub.fhir}/ValueSet/${kept.id}`));
    await runExport(stepping().deps, jobIn(statusUrl));
    expect(namesOf(await linesOf((await manifestAt(statusUrl)).output))).toEqual([`Basic/${id}`]);
    await done(call('DELETE', `${hub.fhir}/Basic/${id}`));
  });

  test('gives the same once whichever step its worker dies at', async () => {
    const whole = stepping();
    const expected = namesOf(await linesOf((await made(whole.deps)).output));
    expect(expected).toHaveLength(23);
    for (let dieAt = 1; dieAt <= whole.steps(); dieAt += 1) {
      const statusUrl = await begin();
      await expect(runExport(stepping(dieAt).deps, jobIn(statusUrl))).rejects.toThrow(Killed);
      await runExport(stepping().deps, jobIn(statusUrl));
      const manifest = await manifestAt(statusUrl);
      expect({ dieAt, names: namesOf(await linesOf(manifest.output)) }).toEqual({ dieAt, names: expected });
      const left = await hub.deps.db.query('SELECT 1 FROM outbox WHERE subject_id = $1', [jobIn(statusUrl)]);
      expect(left).toEqual([]);
    }
  });

  test('shows the state at its time, whatever changes while it is made', async () => {
    const body = { resourceType: 'Basic', code: { text: 'as it was' } };
    const [changed, gone, was] = await Promise.all(
      [1, 2, 3].map(() => done(call('POST', `${hub.fhir}/Basic`, { body }))),
    );
    await done(call('DELETE', `${hub.fhir}/Basic/${was?.id}`));
    clock += 10;
    const statusUrl = await begin();
    clock += 10;
    await done(
      call('PUT', `${hub.fhir}/Basic/${changed?.id}`, { body: { ...changed, code: { text: 'changed since' } } }),
    );
    await done(call('DELETE', `${hub.fhir}/Basic/${gone?.id}`));
    await done(call('PUT', `${hub.fhir}/Basic/${was?.id}`, { body: { ...was } }));
    await done(call('POST', `${hub.fhir}/Basic`, { body }));
    await runExport(stepping().deps, jobIn(statusUrl));
    const basics = (await linesOf((await manifestAt(statusUrl)).output)).filter(
      ({ resourceType }) => resourceType === 'Basic',
    );
    const byId = (a?: { id?: string }, b?: { id?: string }): number => ((a?.id ?? '') < (b?.id ?? '') ? -1 : 1);
    expect(basics.sort(byId)).toEqual([changed, gone].sort(byId));

    const { statusUrl: later } = await kickOff(`${hub.fhir}/$export?_type=Basic&_since=${now().toISOString()}`);
    clock += 1;
    await runExport(stepping().deps, jobIn(later));
    expect(await deletedIn(await manifestAt(later))).toEqual([]);
  });

  test('stops when it is cancelled while it is made', async () => {
    const statusUrl = await begin();
    await expect(runExport(stepping(9).deps, jobIn(statusUrl))).rejects.toThrow(Killed);
    expect((await call('GET', statusUrl)).headers.get('x-progress')).toMatch(/^\d+ resources, \d of \d types done$/);
    expect((await call('DELETE', statusUrl)).status).toBe(202);
    await runExport(stepping().deps, jobIn(statusUrl));
    for (const table of ['export_job WHERE id', 'export_chunk WHERE job_id', 'outbox WHERE subject_id']) {
      expect(await hub.deps.db.query(`SELECT 1 FROM ${table} = $1`, [jobIn(statusUrl)])).toEqual([]);
    }
  });

  test('is not begun when its answer is asked for in a form there is not', async () => {
    const headers = { prefer: 'respond-async', accept: 'application/fhir+ndjson' };
    expect((await call('GET', `${hub.fhir}/$export`, { headers })).status).toBe(406);
    expect(await hub.deps.db.query(`SELECT 1 FROM export_job WHERE status = 'accepted'`)).toEqual([]);
  });

  test('is one of so many an organization may have under way, also when many are asked for at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => kickOff(`${hub.fhir}/$export`)));
    expect(all.map(({ status }) => status).sort()).toEqual([202, 202, 429, 429, 429, 429]);
    for (const { status, statusUrl } of all) if (status === 202) await call('DELETE', statusUrl);
  });

  test('is one of so many an organization may have under way', async () => {
    const urls = [await begin(), await begin()];
    const third = await kickOff(`${hub.fhir}/$export`);
    expect([third.status, texts(third)]).toEqual([
      429,
      [
        'Your organization has 2 exports under way, which is as many as it may. Wait until one is finished, or cancel one.',
      ],
    ]);
    expect(third.headers.get('retry-after')).toBe('30');
    for (const url of urls) await call('DELETE', url);
    const again = await begin();
    await call('DELETE', again);
  });

  test('is removed with its files when its time is over', async () => {
    const statusUrl = await begin();
    await runExport(stepping().deps, jobIn(statusUrl));
    await maintain(hub.deps);
    expect((await call('GET', statusUrl)).status).toBe(200);
    clock += 3_600_001;
    expect((await call('GET', statusUrl)).status).toBe(404);
    await maintain(hub.deps);
    expect(await hub.deps.db.query('SELECT 1 FROM export_job WHERE id = $1', [jobIn(statusUrl)])).toEqual([]);
    expect(await hub.deps.db.query('SELECT 1 FROM export_chunk WHERE job_id = $1', [jobIn(statusUrl)])).toEqual([]);
  });
});
