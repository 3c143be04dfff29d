import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { loadDefinitions, storedTypes } from '../../src/fhir/definitions.ts';
import { fromXml } from '../../src/fhir/xml/from-xml.ts';
import { toXml } from '../../src/fhir/xml/to-xml.ts';
import { baseOf, makeResource } from '../conformance/examples/make-resource.ts';
import { type Answer, call, done, fetchAsOperator, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

/** Types with rules of their own, which have tests of their own. */
const APART = new Set(['Binary', 'Subscription', 'AuditEvent']);
loadDefinitions();
const TYPES = storedTypes().filter((type) => !APART.has(type));
const XML = 'application/fhir+xml';

type Kept = Resource & { id: string };

describe.each(databaseKinds())('every type (%s)', (kind) => {
  let hub: TestHub;
  /** What the minimal resources refer to, by type. */
  const there = new Map<string, string>();

  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  /** Creates the least that is valid, and first what it refers to; of a circle, the last refers to somewhere else. */
  async function create(type: string, within: readonly string[] = []): Promise<Kept> {
    const needed = new Set<string>();
    const place = (each: string): string => there.get(each) ?? `https://elsewhere.example/${each}/1`;
    const reference = (each: string): string => {
      needed.add(each);
      return place(each);
    };
    makeResource(baseOf(type), { reference });
    for (const each of needed)
      if (!there.has(each) && each !== type && !within.includes(each)) await create(each, [...within, type]);
    const body = makeResource(baseOf(type), { reference: place });
    const kept = await done<Kept>(call('POST', `${hub.fhir}/${type}`, { body }));
    there.set(type, `${type}/${kept.id}`);
    return kept;
  }

  test('there are more than a hundred types', () => {
    expect(TYPES.length).toBeGreaterThan(100);
  });

  test.each(TYPES)('%s: created, read, changed, found, kept in history, told in XML, deleted', async (type) => {
    const created = await create(type);
    const address = `${hub.fhir}/${type}/${created.id}`;
    const stored = await read(address);
    expect(stored).toEqual(created);
    expect(await read(`${address}/_history/1`)).toEqual(created);

    const changed = { ...created, language: 'en' } as Kept;
    await done(call('PUT', address, { body: changed, headers: { 'if-match': 'W/"1"' } }));
    const patch = [{ op: 'replace', path: '/language', value: 'fr' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    expect(await done(call('PATCH', address, { body: patch, headers }))).toMatchObject({ language: 'fr' });

    expect(found(await call('GET', `${hub.fhir}/${type}?_id=${created.id}`)).map(({ id }) => id)).toEqual([created.id]);
    expect(await versions(address)).toEqual(['3', '2', '1']);

    await inXml(type, address);
    expect((await call('DELETE', address)).status).toBeLessThan(300);
    expect((await call('GET', address)).status).toBe(410);
    there.delete(type);
  });

  async function read(address: string): Promise<Kept> {
    const { status, body } = (await call('GET', address)) as Answer<Kept>;
    expect(status).toBe(200);
    return body;
  }

  async function versions(address: string): Promise<(string | undefined)[]> {
    const { body } = (await call('GET', `${address}/_history`)) as Answer<Bundle>;
    return (body.entry ?? []).map(({ resource }) => resource?.meta?.versionId);
  }

  /** What is told in XML is the same, there and back, and is taken as it is told. */
  async function inXml(type: string, address: string): Promise<void> {
    const asJson = await read(address);
    const told = await fetchAsOperator(address, { headers: { accept: XML } });
    const text = await told.text();
    expect(fromXml(text)).toEqual(asJson);
    expect(fromXml(toXml(asJson))).toEqual(asJson);
    const sent = await fetchAsOperator(`${hub.fhir}/${type}`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': XML },
    });
    expect(sent.status).toBe(201);
    const { id: _id, meta: _meta, ...content } = asJson;
    expect(await sent.json()).toMatchObject(content);
  }
});
