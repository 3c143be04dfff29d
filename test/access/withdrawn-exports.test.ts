import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { kickOff, linesOf, type Manifest, manifestAt, namesOf } from '../fhir/exports.ts';
import { call, done, fetchAsOperator } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Permitted, type Sender, senderAs } from './network/permitted.ts';
import { STORY_PARTS } from './network/referral.ts';
import { join } from './people/people-hub.ts';

const REPORT = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };

describe.each(databaseKinds())('exports of what may not be read any more, or never might (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let from: Sender;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, settings: { PASSWORD_COST: '14' } });
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    from = senderAs(hub, hospital);
  });
  afterAll(() => hub?.close());

  const ofReferral = ({ patient, scan, document, supporting, reason, leg }: Permitted): string[] =>
    [patient, scan, document, supporting, reason, leg].sort();
  const textAt = async (url: string, token: string): Promise<string> =>
    (await fetchAsOperator(url, { headers: { authorization: `Bearer ${token}` } })).text();
  const madeBy = async (token?: string): Promise<Manifest & { statusUrl: string }> => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export`, token);
    return { ...(await manifestAt(statusUrl, token)), statusUrl };
  };

  test('a file that was made while it was permitted is taken without it after the withdrawal', async () => {
    const sent = await from.permitted(agency);
    const manifest = await madeBy(agency.token);
    expect(namesOf(await linesOf(manifest.output, agency.token))).toEqual(expect.arrayContaining(ofReferral(sent)));
    expect(manifest.output.every(({ count }) => count !== undefined)).toBe(true);
    await from.changeConsent(sent.consent, 'inactive');
    // It does not say a number that it will not give; who has lost nothing is told one.
    const anew = await manifestAt(manifest.statusUrl, agency.token);
    expect(anew.output.map(({ count }) => count)).toEqual(anew.output.map(() => undefined));
    expect((await madeBy(hospital.token)).output.every(({ count }) => count !== undefined)).toBe(true);
    const texts = await Promise.all(manifest.output.map(({ url }) => textAt(url, agency.token)));
    const left = texts.flatMap((text) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Resource),
    );
    expect(namesOf(left).filter((name) => ofReferral(sent).includes(name))).toEqual([]);
    expect(texts.join('')).not.toContain(sent.patient);
    // What it is told instead is there for the next export.
    const next = await linesOf((await madeBy(agency.token)).output, agency.token);
    expect(namesOf(next).filter((name) => ofReferral(sent).includes(name))).toEqual([]);
    expect(next.map(({ resourceType }) => resourceType)).toContain('Communication');
    // Given again, the old file is whole again.
    await from.changeConsent(sent.consent, 'active');
    expect(namesOf(await linesOf(anew.output, agency.token))).toEqual(expect.arrayContaining(ofReferral(sent)));
  });

  test('a withdrawal between the request and its making counts', async () => {
    const sent = await from.permitted(agency);
    const { statusUrl } = await kickOff(`${hub.fhir}/$export`, agency.token);
    await from.changeConsent(sent.consent, 'inactive');
    const { output } = await manifestAt(statusUrl, agency.token);
    const texts = await Promise.all(output.map(({ url }) => textAt(url, agency.token)));
    expect(texts.join('')).not.toContain(sent.patient);
  });

  test('a mandated report is in that of who was sent it, and of nobody else at either organization or the hub', async () => {
    const sent = await from.send(agency, { direct: true, labels: { request: [REPORT] } });
    const report = [sent.request, sent.root].sort();
    const among = (all: readonly Resource[]): string[] => namesOf(all).filter((name) => report.includes(name));
    const theirs = await madeBy(agency.token);
    expect(among(await linesOf(theirs.output, agency.token))).toEqual(report);
    expect(among(await linesOf((await madeBy(hospital.token)).output, hospital.token))).toEqual(report);
    const hubs = await madeBy();
    expect(among(await linesOf(hubs.output))).toEqual([]);
    const worker = await join(hub, 'aw@agency.example', ['agency-worker'], { organizationId: agency.id });
    const madeByWorker = async (query = ''): Promise<Manifest> => {
      const asked = await worker.send('GET', `/fhir/R4/$export${query}`, undefined, { prefer: 'respond-async' });
      expect(asked.status).toBe(202);
      const at = (asked.headers.get('content-location') ?? '').replace(hub.url, '');
      return eventually(async () => {
        const { status, body } = await worker.send<Manifest>('GET', at);
        if (status !== 200) throw new Error(`not yet: ${status}`);
        return body;
      });
    };
    const own = await madeByWorker();
    const lines = async (files: Manifest['output']): Promise<string> => {
      const read = files.map(({ url }) =>
        fetch(url, { headers: { cookie: `careloop=${worker.cookie()}` } }).then((response) => response.text()),
      );
      return (await Promise.all(read)).join('');
    };
    const text = await lines(own.output);
    expect(text).toContain(sent.patient);
    for (const name of report) expect(text).not.toContain(`"id":"${name.split('/')[1]}"`);
    // Nor are they led to whom it is about.
    const filter = `Patient?_has:ServiceRequest:patient:_id=${sent.request.split('/')[1]}`;
    expect((await madeByWorker(`?_typeFilter=${encodeURIComponent(filter)}&_type=Patient`)).output).toEqual([]);
    // Nor do they take what their organization's program has asked for.
    expect(await lines(theirs.output)).not.toContain('"resourceType":"Task"');
  });

  test('the numbers of lines do not tell who is not shown it of a mandated report, until something becomes one', async () => {
    const other = await from.send(agency, { direct: true });
    const labels = Object.fromEntries(STORY_PARTS.map((part) => [part, [REPORT]]));
    const theirs = await from.send(agency, { direct: true, labels });
    const worker = await join(hub, 'another@agency.example', ['agency-worker'], { organizationId: agency.id });
    const begun = await worker.send('GET', '/fhir/R4/$export', undefined, { prefer: 'respond-async' });
    const at = (begun.headers.get('content-location') ?? '').replace(hub.url, '');
    const hubs = await madeBy();
    const counted = async (): Promise<boolean[]> => {
      const own = await eventually(async () => {
        const { status, body } = await worker.send<Manifest>('GET', at);
        if (status !== 200) throw new Error(`not yet: ${status}`);
        return body;
      });
      const manifests = [await manifestAt(hubs.statusUrl), own];
      return manifests.map(({ output }) => output.length > 0 && output.every(({ count }) => count !== undefined));
    };
    expect(await counted()).toEqual([true, true]);
    await from.send(agency, { direct: true, labels: { request: [REPORT] } });
    expect(await counted()).toEqual([true, true]);
    const task = await done(call('GET', `${hub.fhir}/${theirs.root}`, { token: agency.token }));
    const declined = { ...task, status: 'rejected', statusReason: { text: 'No room' } };
    await done(call('PUT', `${hub.fhir}/${theirs.root}`, { token: agency.token, body: declined }));
    expect(await counted()).toEqual([true, true]);
    const request = await done(call('GET', `${hub.fhir}/${other.request}`, { token: hospital.token }));
    const labelled = { ...request, meta: { ...request.meta, security: [REPORT] } };
    await done(call('PUT', `${hub.fhir}/${other.request}`, { token: hospital.token, body: labelled }));
    expect(await counted()).toEqual([false, false]);
  });
});
