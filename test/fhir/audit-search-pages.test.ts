import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

/** As other searches are: in pages that lead both ways, with totals, by any address of a resource here. */
describe.each(databaseKinds())('a search of the audit, as other searches are (%s)', (kind) => {
  let hub: TestHub;
  let patient: string;
  const ask = async (query: string): Promise<Bundle> =>
    (await call<Bundle>('GET', `${hub.fhir}/AuditEvent?${query}`)).body;
  beforeAll(async () => {
    hub = await startHub(kind);
    for (let at = 0; at < 5; at += 1)
      patient = (await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id;
  });
  afterAll(() => hub?.close());

  test('_count=0 is treated as _summary=count: it has a total, and only its own address', async () => {
    const all = (await ask('action=C&_count=1000')).entry?.length;
    const { total, link, entry } = await ask('action=C&_count=0');
    expect([total, link?.map(({ relation }) => relation), entry]).toEqual([all, ['self'], undefined]);
  });

  test('_summary=count has only its own address', async () => {
    const { link } = await ask('action=C&_summary=count');
    expect(link?.map(({ relation }) => relation)).toEqual(['self']);
  });

  test('a page after the first leads back', async () => {
    const first = await ask('action=C&_count=2');
    const next = first.link?.find(({ relation }) => relation === 'next')?.url ?? '';
    const second = await call<Bundle>('GET', next);
    const previous = second.body.link?.find(({ relation }) => relation === 'previous')?.url;
    expect(previous).toBeDefined();
    const back = await call('GET', previous ?? '');
    expect(found(back).map(({ id }) => id)).toEqual(found({ ...back, body: first }).map(({ id }) => id));
  });

  test.each(['patient', 'entity'])('%s is found by the full address of a resource here', async (name) => {
    const short = await ask(`${name}=Patient/${patient}&action=C&_summary=count`);
    const full = await ask(`${name}=${hub.fhir}/Patient/${patient}&action=C&_summary=count`);
    expect([short.total, full.total]).toEqual([1, 1]);
  });

  test('_total is one of its codes', async () => {
    expect((await call('GET', `${hub.fhir}/AuditEvent?_total=some`)).status).toBe(400);
  });

  test('a syllable of Hangul is one letter: it does not begin with another', async () => {
    const body = { resourceType: 'Practitioner', name: [{ family: '김' }] };
    const { id } = await done(call('POST', `${hub.fhir}/Practitioner`, { body }));
    const by = async (family: string): Promise<string[]> =>
      found(await call('GET', `${hub.fhir}/Practitioner?family=${encodeURIComponent(family)}`)).map((each) => each.id);
    expect(await by('김')).toEqual([id]);
    expect(await by('기')).toEqual([]);
  });
});
