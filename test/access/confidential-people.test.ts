import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Coding, Person, RelatedPerson, Resource } from '@medplum/fhirtypes';
import { kickOff, type Manifest, manifestAt } from '../fhir/exports.ts';
import { call, done, fetchAsOperator, found } from '../support/api.ts';
import { databaseKinds, freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';
import { addOperatorTo } from '../support/operator.ts';
import { type Program, startProgram } from '../support/processes.ts';
import { manyHooks, subscribe } from '../support/subscriber.ts';
import { LABEL, STREET } from '../unit/fhir/sharing/cases-of-subsets.ts';
import { ADDRESS, expectNone, HIDDEN, PHONE } from './network/confidential.ts';
import { relabelling } from './network/relabelling.ts';

type Kin = RelatedPerson | Person;
interface Known {
  readonly name: string;
  readonly id: string;
  readonly family: string;
  readonly patient: string;
}

/** What is asked of a program of its own, so that all it logs is looked at too. */
describe.each(['RelatedPerson', 'Person'] as const)('a %s with a confidential address', (type) => {
  const hub = { url: '', fhir: '' };
  let store: Awaited<ReturnType<typeof freshStore>>;
  let program: Program;
  let hospital: Partner;
  let agency: Partner;
  const hooks = manyHooks();
  beforeAll(async () => {
    store = await freshStore(databaseKinds().at(-1) ?? 'embedded');
    hub.url = `http://127.0.0.1:${await freePort()}`;
    hub.fhir = `${hub.url}/fhir/R4`;
    await addOperatorTo(store, hub.url);
    const settings = { ...store.settings, PORT: new URL(hub.url).port, LOG_LEVEL: 'trace', OUTBOUND_HTTP: 'true' };
    program = startProgram('workers/all-in-one.ts', { settings });
    await program.line(/is ready/);
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
  }, 60_000);
  afterAll(async () => {
    await hooks.close();
    await program?.stop();
    await store?.remove();
  });

  let number = 0;
  /** A referral that is sent with who can be reached instead of the client, and where. */
  const send = async (security: readonly Coding[] = [LABEL]): Promise<Known> => {
    number += 1;
    const family = `Kin${type}${number}`;
    const { entry = [], ...bundle } = referralBundle(hospital, { identifier: `${type}-${number}` });
    const [patient, request, task] = entry;
    const fullUrl = 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000009';
    const kin = {
      resourceType: type,
      ...(security.length > 0 ? { meta: { security } } : {}),
      name: [{ family }],
      ...ADDRESS,
      ...(type === 'RelatedPerson' ? { patient: { reference: patient?.fullUrl } } : {}),
    } as unknown as Kin;
    const asked = { ...request?.resource, supportingInfo: [{ reference: fullUrl }] } as Resource;
    const body = {
      ...bundle,
      entry: [
        patient,
        { fullUrl, request: { method: 'POST', url: type }, resource: kin },
        { ...request, resource: asked },
        task,
      ],
    } as Bundle;
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body }));
    const names = (answer.entry ?? []).map(({ response }) => response?.location?.split('/_history')[0] ?? '');
    const [patientName = '', name = ''] = names;
    return { name, id: name.split('/')[1] ?? '', family, patient: patientName };
  };
  const textAt = async (path: string, by: Partner, init: RequestInit = {}): Promise<string> => {
    const headers = { authorization: `Bearer ${by.token}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${hub.fhir}/${path}`, { ...init, headers });
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  };
  const filesOf = async ({ output }: Manifest): Promise<string> => {
    const headers = { authorization: `Bearer ${agency.token}` };
    const read = output.map(async ({ url }) => (await fetchAsOperator(url, { headers })).text());
    return (await Promise.all(read)).join('');
  };
  const exported = async (more = ''): Promise<Manifest> => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=${type}${more}`, agency.token);
    return manifestAt(statusUrl, agency.token);
  };
  const guesses = (right: boolean): string[] => [
    `address-city=${right ? HIDDEN.city : 'Elsewhere'}`,
    `address-postalcode=${right ? HIDDEN.postalCode : '00000'}`,
    `phone=${right ? PHONE : '555-0000'}`,
    `address=${right ? 'Larkspur' : 'Elsewhere'}`,
  ];

  test('is there for who is asked, without the address, by every way of reading; with it for its author and the hub', async () => {
    const { name, id, family, patient } = await send();
    const doors = [
      name,
      `${name}?_format=xml`,
      `${name}/_history`,
      `${name}/_history/1`,
      `${type}/_history?_count=200`,
      `_history?_count=200`,
      `${type}?name=${family}`,
      `${type}?_id=${id}&_elements=address,telecom`,
      `${type}?_id=${id}&_sort=address-city`,
      `${type}?_id=${id}&_include=*&_revinclude=*`,
      ...(type === 'RelatedPerson'
        ? [`Patient?_id=${patient.split('/')[1]}&_revinclude=RelatedPerson:patient`, `${patient}/$everything`]
        : []),
    ];
    for (const door of doors) {
      const text = await textAt(door, agency);
      expect({ door, text }).toMatchObject({ text: expect.stringMatching(/^200 /) });
      expect({ door, has: text.includes(id) }).toEqual({ door, has: true });
      expectNone(text);
    }
    expect(await textAt(name, agency)).toContain('SUBSETTED');
    for (const by of [hospital, undefined])
      expect(await done<Kin>(call('GET', `${hub.fhir}/${name}`, { token: by?.token }))).toMatchObject(ADDRESS);
  });

  test('is found by it by nobody: not in searches, not in chains, not in conditions, and no answer tells a guess from another', async () => {
    const { id, name, patient } = await send();
    const chains = (guess: string): string[] => [
      `${type}?_id=${id}&${guess}`,
      ...(type === 'RelatedPerson' ? [`Patient?_id=${patient.split('/')[1]}&_has:RelatedPerson:patient:${guess}`] : []),
    ];
    for (const guess of guesses(true))
      for (const query of chains(guess))
        for (const { token } of [agency, { token: undefined }])
          expect({ query, found: found(await call('GET', `${hub.fhir}/${query}`, { token })) }).toEqual({
            query,
            found: [],
          });

    const body = {
      resourceType: type,
      name: [{ family: 'Another' }],
      ...(type === 'RelatedPerson' ? { patient: { reference: patient } } : {}),
    } as Kin;
    const asked = async (guess: string): Promise<unknown> => {
      const token = agency.token;
      const created = await call('POST', `${hub.fhir}/${type}`, { token, body, headers: { 'if-none-exist': guess } });
      const updated = await call('PUT', `${hub.fhir}/${type}?${guess}`, { token, body });
      const removed = await call('DELETE', `${hub.fhir}/${type}?${guess}`, { token });
      return [created.status, updated.status, removed.status];
    };
    for (const [at, guess] of guesses(true).entries())
      expect({ guess, answers: await asked(guess) }).toEqual({ guess, answers: await asked(guesses(false)[at] ?? '') });
    expect((await call('GET', `${hub.fhir}/${name}`, { token: hospital.token })).status).toBe(200);
  });

  test('no error says it: what is refused is refused the same, whatever was guessed', async () => {
    const { name } = await send();
    const theirs = (await done<Kin>(call('GET', `${hub.fhir}/${name}`, { token: agency.token }))) as object;
    const headers = { 'content-type': 'application/fhir+json' };
    const tried = await textAt(name, agency, { method: 'PUT', headers, body: JSON.stringify(theirs) });
    expect(tried).toMatch(/^403/);
    expectNone(tried);
    const patch = async (value: string): Promise<string> => {
      const body = JSON.stringify([{ op: 'test', path: '/address/0/line/0', value }]);
      const said = await textAt(name, agency, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json-patch+json' },
        body,
      });
      return said.replace(/\["(date|x-request-id)","[^"]*"\]/g, '').replace(/"x-ratelimit[^\]]*/gi, '');
    };
    const [right, wrong] = [await patch(STREET), await patch('Another Street 1')];
    expect(right.slice(0, 3)).toBe(wrong.slice(0, 3));
    expectNone(right);
  });

  test('is exported without it, also from a file that was made before it became confidential', async () => {
    const [sent, later] = [await send(), await send([])];
    const manifest = await exported();
    const elements = await exported('&_elements=address,telecom');
    const before = await filesOf(manifest);
    expect(before).toContain(sent.family);
    expect(before).toContain(STREET);
    await done(
      call('POST', `${hub.fhir}/${later.name}/$meta-add`, { token: hospital.token, body: relabelling(LABEL) }),
    );
    expectNone(await filesOf(elements));
    for (const text of [await filesOf(manifest), await filesOf(await exported())]) {
      for (const line of text.split('\n')) expect(line.split('SUBSETTED').length).toBeLessThanOrEqual(2);
      for (const { family } of [sent, later]) expect(text).toContain(family);
      expectNone(text);
    }
    const history = await textAt(`${later.name}/_history`, agency);
    expect(history).toContain(later.family);
    expectNone(history);
  });

  test('is in no notification, and in no line of a log', async () => {
    const hook = await hooks.open();
    await subscribe(hub, agency, hook.url, { content: 'full-resource' });
    const before = hook.seen.length;
    const { name } = await send();
    const refused = await textAt(`${name}?nonsense`, agency, { method: 'PUT', body: STREET });
    expect(refused).toMatch(/^4/);
    await eventually(() => expect(hook.seen.length).toBeGreaterThan(before));
    expectNone(hook.seen.map(({ text }) => text).join());
    const logged = program.stdout() + program.stderr();
    expect(program.stderr()).toContain('request refused');
    expectNone(logged);
  });
});
