import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { fillClinic } from './clinic.ts';

describe.each(databaseKinds())('a search (%s)', (kind) => {
  let hub: TestHub;
  let ids: ReadonlyMap<string, string>;
  beforeAll(async () => {
    hub = await startHub(kind);
    ids = await fillClinic(hub.fhir);
  });
  afterAll(() => hub?.close());

  const url = (query: string): string =>
    `${hub.fhir}/${query.replaceAll(/@(\w+)/g, (whole, name: string) => ids.get(name) ?? whole)}`;
  const ask = (query: string): Promise<Answer<Bundle>> =>
    call<Bundle>('GET', url(query), { headers: { prefer: 'handling=strict' } });
  const nameOf = ({ id }: Resource): string => [...ids].find(([, known]) => known === id)?.[0] ?? `unknown ${id}`;
  const entries = ({ body }: Answer<Bundle>, mode: string): string =>
    (body.entry ?? [])
      .flatMap(({ search, resource }) => (search?.mode === mode && resource ? [nameOf(resource)] : []))
      .sort()
      .join(' ');

  test('by what is linked over twenty references, there and back', async () => {
    const made: string[] = [];
    for (let depth = 0; depth <= 20; depth += 1) {
      const partOf = made.at(-1) && { reference: `Organization/${made.at(-1)}` };
      const body = { resourceType: 'Organization', name: `Level ${depth}`, ...(partOf ? { partOf } : {}) };
      made.push((await done(call('POST', `${hub.fhir}/Organization`, { body }))).id);
    }
    const up = await ask(`Organization?${'partof.'.repeat(20)}name=Level 0`);
    expect(found<Resource>(up).map(({ id }) => id)).toEqual([made[20]]);
    const down = await ask(`Organization?${'_has:Organization:partof:'.repeat(20)}name=Level 20`);
    expect(found<Resource>(down).map(({ id }) => id)).toEqual([made[0]]);
  });

  test.each([
    ['Observation?subject:Patient.family=angstrom', 'heavy light'],
    ['Observation?subject.family=angstrom', 'heavy light'],
    ['Observation?patient.gender=male', 'bobs pressure'],
    ['Observation?patient.gender:not=male', 'answer heavy light'],
    ['Observation?patient.organization.name=harbour', 'heavy light'],
    ['Observation?patient.organization.partof.identifier=npi-9', 'heavy light'],
    [
      'Observation?patient:Patient.organization:Organization.partof:Organization.name:exact=Northern Trust',
      'heavy light',
    ],
    ['Observation?patient.birthdate=lt1980', 'heavy light'],
    ['Observation?patient._id=@bob', 'bobs pressure'],
    ['Observation?patient.general-practitioner=Practitioner/@doctor', 'heavy light'],
    ['Observation?patient.general-practitioner:Practitioner.family=ortiz&value-quantity=gt10', 'heavy'],
    ['Observation?performer:Practitioner.family=ortiz', 'bobs'],
    ['Observation?derived-from:Observation.patient.family=angstrom', 'answer'],
    ['Observation?patient.name:missing=true', 'answer'],
    ['Observation?patient.family=nobody', ''],
    ['Patient?_has:Observation:subject:code=2', 'bob'],
    ['Patient?_has:Observation:patient:value-quantity=gt10', 'ann'],
    ['Patient?_has:Observation:patient:performer:Practitioner.family=ortiz', 'bob'],
    ['Organization?_has:Patient:organization:_has:Observation:patient:code=2', 'school'],
    ['Organization?_has:Patient:organization:gender=female,male', 'clinic school'],
    ['Task?patient._has:Observation:patient:code=1', 'task'],
    ['Task?output:Procedure.based-on:ServiceRequest.status=active', 'task'],
    ['ServiceRequest?supporting-info:Observation.code=1', 'need'],
    ['Patient?link:Patient.family=ang', 'eve'],
    ['Patient?_has:Observation:patient:code=9', ''],
  ])('by what is linked: %s finds %j', async (query, wanted) => {
    const answer = await ask(query);
    expect([answer.status, query]).toEqual([200, query]);
    expect(found<Resource>(answer).map(nameOf).sort().join(' ')).toBe(wanted);
  });

  test.each([
    ['Observation?_id=@light&_include=Observation:subject', 'ann'],
    ['Observation?_id=@light&_include=Observation:patient', 'ann'],
    ['Observation?_id=@light&_include=Observation:subject:Group', ''],
    ['Observation?_id=@bobs&_include=Observation:*', 'bob doctor'],
    ['Observation?_id=@bobs&_include=*', 'bob doctor'],
    ['Observation?_id=@light&_include=Task:patient', ''],
    ['Observation?_id=@light&_include=Observation:subject&_include:iterate=Patient:organization', 'ann clinic'],
    ['Observation?_id=@light&_include=Observation:subject&_include=Patient:organization', 'ann'],
    [
      'Observation?_id=@light&_include=Observation:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
      'ann clinic trust',
    ],
    ['Task?_include=Task:output&_include=Task:focus', 'done need'],
    ['Task?_include=Task:focus&_include:iterate=ServiceRequest:supporting-info', 'light need'],
    ['Patient?_id=@bob&_revinclude=Observation:subject', 'bobs pressure'],
    ['Patient?_id=@bob&_revinclude=Observation:*', 'bobs pressure'],
    ['Patient?_id=@bob&_revinclude=*', 'bobs listed pressure'],
    ['Patient?_id=@ann&_revinclude=ServiceRequest:subject&_revinclude:iterate=Procedure:based-on', 'done need'],
    ['Observation?subject=@ann&_include=Observation:subject&_revinclude=ServiceRequest:supporting-info', 'ann need'],
  ])('with what it brings along: %s', async (query, wanted) => {
    const answer = await ask(query);
    expect([answer.status, entries(answer, 'include')]).toEqual([200, wanted]);
    const all = (answer.body.entry ?? []).map(({ resource }) => resource?.id);
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([
    [
      '_include=Observation',
      'The parameter "_include" cannot be used so. Write Type:parameter, Type:parameter:TargetType, Type:* or *.',
    ],
    [
      '_include=Observation:colour',
      'The parameter "_include" cannot be used so. Observation has no reference parameter of this name.',
    ],
    [
      '_include:recurse=Observation:subject',
      'The parameter "_include:recurse" cannot be used so. The only modifier of it is :iterate.',
    ],
  ])('does not bring along: %s', async (parameter, text) => {
    const answer = await ask(`Observation?${parameter}`);
    expect([answer.status, texts(answer)]).toEqual([400, [text]]);
  });

  test('says when it does not bring along all there is', async () => {
    const patient = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    const entry = Array.from({ length: 501 }, () => ({
      request: { method: 'POST', url: 'Flag' },
      resource: {
        resourceType: 'Flag',
        status: 'active',
        code: { text: 'x' },
        subject: { reference: `Patient/${patient.id}` },
      },
    }));
    for (let twice = 0; twice < 2; twice += 1) {
      await done(call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } }));
    }
    const { body } = await ask(`Patient?_id=${patient.id}&_revinclude=Flag:subject`);
    const modes = (body.entry ?? []).map(({ search }) => search?.mode);
    expect(modes.filter((mode) => mode === 'include')).toHaveLength(1_000);
    const outcome = body.entry?.at(-1)?.resource as OperationOutcome | undefined;
    expect(outcome?.issue[0]?.details?.text).toBe(
      'More than 1000 resources would be brought along; the others were left out. Ask for smaller pages with _count.',
    );
  }, 60_000);
});
