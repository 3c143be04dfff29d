import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Resource, Task } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';

const COUNT = 1_000;
const PAGE = 170;

describe.each(databaseKinds())('the pages of a search (%s)', (kind) => {
  let hub: TestHub;
  let all: readonly string[];
  beforeAll(async () => {
    hub = await startHub(kind);
    all = await fill(hub.fhir);
  }, 120_000);
  afterAll(() => hub?.close());

  const ask = (query: string): Promise<Answer<Bundle>> => call<Bundle>('GET', `${hub.fhir}/${query}`);
  const linkOf = ({ body }: Answer<Bundle>, relation: string): string | undefined =>
    body.link?.find((link) => link.relation === relation)?.url;
  const idsOf = (answer: Answer<Bundle>): string[] => found<Resource>(answer).map(({ id }) => id);
  const write = (family: string): Promise<Patient & { id: string }> =>
    done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient', active: true, name: [{ family }] } }));

  test.each([
    'Patient?active=true',
    'Patient?active=true&_sort=_lastUpdated',
    'Patient?active=true&_sort=family',
    'Patient?active=true&_sort=-birthdate,gender,-family',
    'Patient?active=true&_sort=gender',
    'Patient?active=true&_sort=-identifier,_id',
    'Patient?active=true&_sort=organization,-_lastUpdated',
    'Patient?_tag=paged&_sort=-_id',
  ])(
    'hold each match once, forwards and backwards, while others are written: %s',
    async (query) => {
      const forwards: string[][] = [];
      const visited: string[] = [];
      let last: Answer<Bundle> | undefined;
      for (let next: string | undefined = `${hub.fhir}/${query}&_count=${PAGE}`; next; ) {
        last = await call<Bundle>('GET', next);
        expect(last.status).toBe(200);
        forwards.push(idsOf(last));
        visited.push(linkOf(last, 'self') ?? '');
        await write(`A${visited.length}`);
        next = linkOf(last, 'next');
      }
      const seen = forwards.flat();
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((id) => all.includes(id)).toSorted()).toEqual(all.toSorted());
      const backwards: string[][] = [forwards.at(-1) ?? []];
      for (let previous = last && linkOf(last, 'previous'); previous; ) {
        const answer: Answer<Bundle> = await call<Bundle>('GET', previous);
        backwards.unshift(idsOf(answer));
        await write(`B${backwards.length}`);
        previous = linkOf(answer, 'previous');
      }
      expect(backwards.flat().slice(-COUNT)).toEqual(seen.slice(-COUNT));
      // A page that is visited again is as it was.
      const again = await call<Bundle>('GET', visited[2] ?? '');
      expect(idsOf(again)).toEqual(forwards[2]);
      expect(linkOf(again, 'first')).toBe(visited[0]);
    },
    120_000,
  );

  test('are the same where it is asked of the first of what matches only whether they may be seen', async () => {
    const [agency, other] = [await addPartner(hub, 'Harvest Food Bank'), await addPartner(hub, 'Homes First')];
    const task = async ({ token }: Partner, day: number): Promise<void> => {
      const authoredOn = `2026-${String(1 + Math.floor(day / 28)).padStart(2, '0')}-${String(1 + (day % 28)).padStart(2, '0')}`;
      const body = { resourceType: 'Task', status: 'draft', intent: 'plan', authoredOn };
      await done(call('POST', `${hub.fhir}/Task`, { token, body }));
    };
    // Others' stand alone at the head, by themselves among its own, and in rows longer than what is looked at at once.
    const others = (day: number): boolean => day > 90 || day % 5 === 0 || (day > 30 && day < 60);
    for (let day = 0; day < 110; day += 1) await task(others(day) ? other : agency, day);
    const pages = async (): Promise<string[][]> => {
      const read: string[][] = [];
      for (let next: string | undefined = `${hub.fhir}/Task?status=draft&_sort=-authored-on&_count=3`; next; ) {
        const answer: Answer<Bundle> = await call<Bundle>('GET', next, { token: agency.token });
        read.push(found<Task>(answer).map(({ authoredOn = '' }) => authoredOn));
        next = linkOf(answer, 'next');
      }
      return read;
    };
    const search = hub.deps.store.search as { statistics: typeof hub.deps.store.search.statistics };
    const known = search.statistics;
    const before = await pages();
    const tokens = { get: () => 0.9 } as unknown as ReadonlyMap<string, number>;
    search.statistics = async () => ({ rows: 1_000_000, types: new Map([['Task', 1]]), tokens });
    const after = await pages();
    search.statistics = known;
    expect(before.flat()).toEqual(before.flat().toSorted().reverse());
    expect(before.flat().length).toBe(
      Array.from({ length: 110 }, (_, day) => day).filter((day) => !others(day)).length,
    );
    expect(after).toEqual(before);
  });

  test('say where one is, in words that hold nothing of what is found', async () => {
    const answer = await ask('Patient?active=true&_sort=family&_count=2');
    const next = new URL(linkOf(answer, 'next') ?? '');
    const cursor = Buffer.from(next.searchParams.get('_cursor') ?? '', 'base64url').toString();
    expect(cursor).toMatch(/^next Patient [\w-]+ \d+ \d+ \d+$/);
    expect(cursor).toContain(idsOf(answer)[1] ?? 'none');
  });

  test('go on from what has been changed or deleted since', async () => {
    const first = await ask('Patient?_tag=paged&_sort=family&_count=3');
    const [, , id = ''] = idsOf(first);
    const untouched = idsOf(await call('GET', linkOf(first, 'next') ?? ''));
    await done(
      call('PUT', `${hub.fhir}/Patient/${id}`, { body: { resourceType: 'Patient', id, name: [{ family: 'ZZZ' }] } }),
    );
    expect(idsOf(await call('GET', linkOf(first, 'next') ?? ''))).toEqual(untouched);
    await call('DELETE', `${hub.fhir}/Patient/${id}`);
    expect(idsOf(await call('GET', linkOf(first, 'next') ?? ''))).toEqual(untouched);
  });

  test('are at places that exist', async () => {
    const at = (text: string): string => Buffer.from(text).toString('base64url');
    const broken = await ask(`Patient?_sort=family&_cursor=${at('next Patient nobody 1 0 0')}`);
    expect([broken.status, texts(broken)]).toEqual([
      400,
      ['This page is no longer there. Begin again with the first page.'],
    ]);
    for (const text of [
      '',
      'x',
      'next Patient a 1 0',
      "next Patient ' 1 0 0",
      'next patient a 1 0 0',
      'up Patient a 1 0 0',
    ]) {
      const answer = await ask(`Patient?_cursor=${at(text) || 'AA'}`);
      expect(answer.status).toBe(400);
    }
    for (const [time, status] of [
      ['0', 200],
      ['99999999999999', 200],
      ['999999999999999', 400],
    ]) {
      expect((await ask(`Patient?_cursor=${at(`next Patient a 1 ${time} ${time}`)}`)).status).toBe(status);
    }
  });
});

/** A thousand patients, of which many share a name, a birth date or a gender, and some have none. @returns their ids */
async function fill(fhir: string): Promise<string[]> {
  const people = Array.from(
    { length: COUNT },
    (_, at): Patient => ({
      resourceType: 'Patient',
      active: true,
      meta: { tag: [{ code: 'paged' }] },
      ...(at % 10 === 0 ? {} : { name: [{ family: `Fam${at % 37}`, given: ['Ab', 'Cd'] }] }),
      ...(at % 7 === 0 ? {} : { birthDate: `19${50 + (at % 40)}-0${1 + (at % 9)}-01` }),
      ...(at % 3 === 0 ? {} : { gender: at % 2 ? 'female' : 'male' }),
      ...(at % 5 === 0 ? { identifier: [{ system: 'https://h.example', value: `N${at}` }] } : {}),
      ...(at % 4 === 0 ? { managingOrganization: { reference: 'Organization/careloop' } } : {}),
    }),
  );
  const ids: string[] = [];
  for (let from = 0; from < COUNT; from += 250) {
    const entry = people
      .slice(from, from + 250)
      .map((resource) => ({ request: { method: 'POST', url: 'Patient' }, resource }));
    const answer = await done<Bundle>(
      call('POST', fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } }),
    );
    for (const { response } of answer.entry ?? []) ids.push(response?.location?.split('/').at(-3) ?? '');
  }
  return ids;
}
