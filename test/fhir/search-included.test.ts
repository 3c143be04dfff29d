import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Organization, Patient } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('what is brought along from link to link (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const create = <T extends Patient | Organization>(body: T): Promise<T & { id: string }> =>
    done<T>(call('POST', `${hub.fhir}/${body.resourceType}`, { body }));
  /** What is brought along, and what is said about that. */
  const brought = async (search: string): Promise<{ names: string[]; said: string[] }> => {
    const { status, body } = await call<Bundle>('GET', `${hub.fhir}/${search}`);
    expect(status).toBe(200);
    const said = (body.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'OperationOutcome' ? resource.issue.map(({ details }) => details?.text ?? '') : [],
    );
    const included = (body.entry ?? []).filter((each) => each.search?.mode === 'include');
    return { names: included.map(({ resource }) => (resource as Organization).name ?? 'somebody'), said };
  };

  /** Organizations, each part of the one made before it. @returns the id of the last */
  async function branches(count: number): Promise<string> {
    let last: string | undefined;
    for (let at = 0; at < count; at += 1) {
      const partOf = last ? { partOf: { reference: `Organization/${last}` } } : {};
      last = (await create<Organization>({ resourceType: 'Organization', name: `${at}`, ...partOf })).id;
    }
    return last ?? '';
  }

  test('comes from as far as ten links away', async () => {
    const last = await branches(11);
    expect(await brought(`Organization?_id=${last}&_include:iterate=Organization:partof`)).toEqual({
      names: ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0'],
      said: [],
    });
  });

  test('is said to be farther away where it is', async () => {
    const last = await branches(12);
    expect(await brought(`Organization?_id=${last}&_include:iterate=Organization:partof`)).toEqual({
      names: ['10', '9', '8', '7', '6', '5', '4', '3', '2', '1'],
      said: [
        'What is more than 10 links away from the results was left out. Search for what was brought along last, to go on from there.',
      ],
    });
  });

  test('comes once, also where the links go round', async () => {
    const first = await create<Patient>({ resourceType: 'Patient' });
    const link: Patient['link'] = [{ other: { reference: `Patient/${first.id}` }, type: 'seealso' }];
    const second = await create<Patient>({ resourceType: 'Patient', link });
    const back: Patient['link'] = [{ other: { reference: `Patient/${second.id}` }, type: 'seealso' }];
    await done(call('PUT', `${hub.fhir}/Patient/${first.id}`, { body: { ...first, link: back } }));
    for (const along of ['_include:iterate=Patient:link', '_revinclude:iterate=Patient:link', '_include:iterate=*']) {
      expect(await brought(`Patient?_id=${first.id}&${along}`)).toEqual({ names: ['somebody'], said: [] });
    }
  });

  test.each([
    'Patient?name=nobody',
    'Patient?name=nobody&_include=*',
    'Patient?_summary=count',
    '_history?_since=2999-01-01T00:00:00Z',
    'AuditEvent?date=lt1999',
    'Subscription/$status',
  ])('nothing at all is no list: %s', async (path) => {
    const { status, body } = await call('GET', `${hub.fhir}/${path}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ resourceType: 'Bundle' });
    expect(body).not.toHaveProperty('entry');
  });
});
