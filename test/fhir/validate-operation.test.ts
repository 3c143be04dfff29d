import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { isPublishedHere, patientsInMessages } from './published.ts';
import { written } from './written.ts';

const LEG = 'https://careloop.dev/fhir/StructureDefinition/referral-leg';
const TASK = { resourceType: 'Task', status: 'draft', intent: 'order' };
const WARNED = 'A resource should have narrative for robust management. (Rule dom-6 of Task.)';

describe.each(databaseKinds())('$validate (%s)', (kind) => {
  let hub: TestHub;
  let stored: Resource & { id: string };
  beforeAll(async () => {
    hub = await startHub(kind);
    stored = await done(call('POST', `${hub.fhir}/Basic`, { body: { resourceType: 'Basic', code: { text: 'x' } } }));
  });
  afterAll(() => hub?.close());

  /** What is said, as `severity code place text`. */
  const ask = async (path: string, body?: unknown, method = 'POST'): Promise<(string | number)[]> => {
    const before = await written(hub.deps.db);
    const answer = await call<OperationOutcome>(method, `${hub.fhir}/${path}`, { body });
    expect(await written(hub.deps.db)).toEqual(before);
    const said = answer.body.issue.map(({ severity, code, expression, details }) =>
      [severity, code, expression?.[0], details?.text].filter((each) => each !== undefined).join(' '),
    );
    return [answer.status, ...said];
  };
  const parameters = (resource: object, ...more: object[]): object => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'resource', resource }, ...more],
  });
  const OK = 'information informational All OK';
  const NARRATIVE = `warning invariant Task ${WARNED}`;

  test('says that all is well, and what would be better', async () => {
    expect(await ask('Task/$validate', TASK)).toEqual([200, OK, NARRATIVE]);
    expect(await ask('Task/$validate', parameters(TASK))).toEqual([200, OK, NARRATIVE]);
  });

  test('says what is wrong and where, and writes nothing', async () => {
    expect(await ask('Task/$validate', { ...TASK, status: 'waiting', colour: 'blue' })).toEqual([
      200,
      'error code-invalid Task.status "waiting" is not a code of the value set http://hl7.org/fhir/ValueSet/task-status. Use one of: draft, requested, received, accepted, rejected, ready, cancelled, in-progress, on-hold, failed, completed, entered-in-error.',
      'error structure Task.colour There is no such element in R4. Leave it out, or correct its name.',
      NARRATIVE,
    ]);
  });

  test('says what is wrong where profiles belong', async () => {
    const said = await ask(`Task/$validate?profile=${LEG}`, { ...TASK, meta: { profile: 0 } });
    expect(said).toContainEqual(expect.stringMatching(/^error structure Task\.meta\.profile /));
  });

  test('warns of codes outside of an extensible value set', async () => {
    const odd = { ...TASK, code: { text: 'x' }, performerType: [{ coding: [{ system: 'http://x', code: 'y' }] }] };
    expect(await ask('Task/$validate', odd)).toEqual([200, OK, NARRATIVE]);
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      dataAbsentReason: { coding: [{ system: 'http://x', code: 'y' }] },
    };
    expect(await ask('Observation/$validate', observation)).toContain(
      'warning code-invalid Observation.dataAbsentReason This is not a code of the value set http://hl7.org/fhir/ValueSet/data-absent-reason. Use one of: unknown, asked-unknown, temp-unknown, not-asked, asked-declined, masked, not-applicable, unsupported, as-text, error, not-a-number, negative-infinity, positive-infinity, not-performed, not-permitted (system http://terminology.hl7.org/CodeSystem/data-absent-reason).',
    );
  });

  describe('a largest value set', () => {
    const language = { coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-HumanLanguage', code: 'en' }] };
    const patient = { resourceType: 'Patient', communication: [{ language }] };

    test('beside a preferred one is no reason to refuse a code of another system, but to warn', async () => {
      expect((await call('POST', `${hub.fhir}/Patient`, { body: patient })).status).toBe(201);
      expect(await ask('Patient/$validate', patient)).toEqual([
        200,
        OK,
        'warning code-invalid Patient.communication[0].language This is not a code of the value set http://hl7.org/fhir/ValueSet/all-languages. Write a language tag, e.g. "en-US".',
        expect.stringContaining('Rule dom-6'),
      ]);
    });

    test('beside a preferred one refuses a code alone, which can be of no other system', async () => {
      const { status } = await call('POST', `${hub.fhir}/Patient`, { body: { ...patient, language: 'en_US' } });
      expect(status).toBe(400);
    });

    test('beside an extensible one refuses', async () => {
      const age = { value: 40, system: 'http://unitsofmeasure.org', code: 'kg' };
      const body = { resourceType: 'Condition', subject: { display: 'x' }, onsetAge: age };
      expect((await call('POST', `${hub.fhir}/Condition`, { body })).status).toBe(400);
      const weeks = { ...body, onsetAge: { ...age, code: 'wk' } };
      expect((await call('POST', `${hub.fhir}/Condition`, { body: weeks })).status).toBe(201);
    });

    (isPublishedHere ? test : test.skip)('takes the patients of a guide whose languages are its own', async () => {
      const patients = patientsInMessages();
      expect(patients.length).toBeGreaterThan(2);
      for (const { generalPractitioner: _elsewhere, managingOrganization: _too, ...body } of patients) {
        const { status } = await call('POST', `${hub.fhir}/Patient`, { body });
        expect(status).toBe(201);
      }
    });
  });

  test('holds a resource against a profile it does not claim', async () => {
    const said = await ask(`Task/$validate?profile=${LEG}`, TASK);
    expect(said).toContain(`error required Task.partOf partOf is required. Add it. (Profile ${LEG}.)`);
    expect(await ask('Task/$validate', parameters(TASK, { name: 'profile', valueUri: LEG }))).toEqual(said);
  });

  test('refuses a profile it does not know', async () => {
    expect(await ask('Task/$validate?profile=http://example.org/none', TASK)).toEqual([
      400,
      'error not-found profile This server does not know that profile. Ask its operator to load it, or leave the parameter out.',
    ]);
  });

  describe('what R4 itself says of a type', () => {
    const R4 = 'http://hl7.org/fhir/StructureDefinition';
    const OF_ANOTHER = (type: string): string =>
      `The profile ${R4}/${type} is for another type. Claim one that is for this type.`;

    test.each(['Task', 'Task|4.0.1', 'DomainResource', 'Resource'])('is a profile, too: %s', async (name) => {
      const said = [200, OK, NARRATIVE];
      expect(await ask(`Task/$validate?profile=${encodeURIComponent(`${R4}/${name}`)}`, TASK)).toEqual(said);
      expect(await ask('Task/$validate', { ...TASK, meta: { profile: [`${R4}/${name}`] } })).toEqual(said);
    });

    test.each(['Patient', 'Period'])('is none of another: %s', async (name) => {
      const [status, ...said] = await ask(`Task/$validate?profile=${R4}/${name}`, TASK);
      expect([status, said]).toEqual([200, expect.arrayContaining([`error structure Task ${OF_ANOTHER(name)}`])]);
      const claiming = { ...TASK, meta: { profile: [`${R4}/${name}`] } };
      const refused = await call('POST', `${hub.fhir}/Task`, { body: claiming });
      expect([refused.status, texts(refused)]).toEqual([400, [OF_ANOTHER(name)]]);
    });

    test('of another version is not known', async () => {
      expect(await ask(`Task/$validate?profile=${R4}/Task%7C5.0.0`, TASK)).toEqual([
        400,
        'error not-found profile This server does not know that profile. Ask its operator to load it, or leave the parameter out.',
      ]);
    });
  });

  test('says which of the profiles a resource claims it could not look at', async () => {
    expect(await ask('Task/$validate', { ...TASK, meta: { profile: [LEG.replace('leg', 'lag')] } })).toEqual([
      200,
      OK,
      NARRATIVE,
      'warning not-found Task.meta.profile[0] This profile is not known here, so nothing was checked against it. Correct its address, or ask the operator of this server to load it.',
    ]);
  });

  test('looks at a stored resource where it stands', async () => {
    const narrative =
      'warning invariant Basic A resource should have narrative for robust management. (Rule dom-6 of Basic.)';
    expect(await ask(`Basic/${stored.id}/$validate`, undefined, 'GET')).toEqual([200, OK, narrative]);
    expect(await ask(`Basic/${stored.id}/$validate`, { ...stored, code: undefined })).toEqual([
      200,
      'error required Basic.code code is required. Add it.',
      narrative,
    ]);
    expect((await ask('Basic/nobody/$validate', undefined, 'GET'))[0]).toBe(404);
  });

  test('takes the modes of a write', async () => {
    expect(await ask('Task/$validate?mode=update', TASK)).toContain(
      'error required Task.id An update needs the id of the resource it replaces. Set it.',
    );
    expect(await ask('Task/$validate?mode=create', TASK)).toEqual([200, OK, NARRATIVE]);
    expect(await ask(`Basic/${stored.id}/$validate?mode=delete`)).toEqual([200, OK]);
    expect(await ask('Task/$validate?mode=ponder', TASK)).toEqual([
      400,
      'error invalid There is no such mode. Use one of: create, update, delete, profile.',
    ]);
    expect(await ask('Task/$validate?mode=profile', TASK)).toEqual([
      400,
      'error required profile The mode "profile" holds a resource against one profile. Name it: as the parameter "profile".',
    ]);
    expect(await ask(`Task/$validate?mode=profile&profile=${LEG}`, TASK)).toContain(
      `error required Task.partOf partOf is required. Add it. (Profile ${LEG}.)`,
    );
    expect((await ask(`Task/$validate?mode=delete`))[0]).toBe(400);
  });

  test('says what it needs', async () => {
    expect(await ask('Task/$validate')).toEqual([
      400,
      'error required Send the resource to validate: as the body, or as the parameter "resource".',
    ]);
    expect(await ask('Task/$validate', stored)).toEqual([
      400,
      'error invalid resource The resource is not a Task. Send it to the $validate of its own type.',
    ]);
  });

  test('is in the metadata', async () => {
    const { body } = await call<{ rest: { resource: { type: string; operation: unknown[] }[] }[] }>(
      'GET',
      `${hub.fhir}/metadata`,
    );
    const task = body.rest[0]?.resource.find(({ type }) => type === 'Task');
    expect(task?.operation).toContainEqual({
      name: 'validate',
      definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
    });
  });
});
