import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  OperationDefinition,
  Parameters,
  Patient,
} from '@medplum/fhirtypes';
import { examine } from '../../src/fhir/validate/validate.ts';
import { projectFolder, readProjectFile } from '../house/source-files.ts';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const OURS = 'https://careloop.dev/fhir/OperationDefinition/';

/** Definitions are stored without it, and so written without it. */
const NO_NARRATIVE = 'A resource should have narrative for robust management. (Rule dom-6 of OperationDefinition.)';

const published = readdirSync(join(projectFolder, 'profiles/OperationDefinition')).map(
  (file) => JSON.parse(readProjectFile(`profiles/OperationDefinition/${file}`)) as OperationDefinition,
);

/** Beside `metadata-served.test.ts`, which calls every operation that is listed. */
describe.each(databaseKinds())('the operations of the hub’s own (%s)', (kind) => {
  let hub: TestHub;
  let statement: CapabilityStatement;
  let types: readonly CapabilityStatementRestResource[];
  let patient: Patient & { id: string };
  beforeAll(async () => {
    hub = await startHub(kind);
    statement = (await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`)).body;
    types = statement.rest?.[0]?.resource ?? [];
    patient = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
  });
  afterAll(() => hub?.close());

  test('are published, and no others', () => {
    const listed = [...(statement.rest?.[0]?.operation ?? []), ...types.flatMap(({ operation = [] }) => operation)]
      .map(({ definition }) => definition ?? '')
      .filter((definition) => definition.startsWith(OURS));
    expect([...new Set(listed)].sort()).toEqual(published.map(({ url }) => url).sort());
    expect(published.map(({ url, code }) => [url, code])).toEqual(published.map(({ code }) => [OURS + code, code]));
  });

  test.each(published)('$code is valid R4, and served where its definition says, and nowhere else', async (each) => {
    expect(examine(each, []).findings.map(({ text }) => text)).toEqual([NO_NARRATIVE]);
    const { system, type, instance } = each;
    const resource: readonly string[] = each.resource ?? [];
    const at = [...(system ? [''] : []), ...(type || instance ? types.map((known) => known.type ?? '') : [])].filter(
      (name) => name === '' || resource.includes('Resource') || resource.includes(name),
    );
    const listed = [
      ...(statement.rest?.[0]?.operation ?? []).map(({ definition }) => ['', definition]),
      ...types.flatMap(({ type: name, operation = [] }) => operation.map(({ definition }) => [name, definition])),
    ].filter(([, definition]) => definition === each.url);
    // The audit has no operations.
    expect(listed.map(([name]) => name)).toEqual(at.filter((name) => name !== 'AuditEvent'));
    const levels = { system: '', type: 'Patient/', instance: `Patient/${patient.id}/` };
    for (const [level, prefix] of Object.entries(levels)) {
      const { body } = await call('POST', `${hub.fhir}/${prefix}$${each.code}`, { body: { resourceType: 'Patient' } });
      const isThere = !JSON.stringify(body ?? '').includes('operation.unknown');
      expect([level, isThere]).toEqual([level, each[level as 'system' | 'type' | 'instance']]);
    }
  });

  test.each(published)('$code is called by GET when it changes nothing, and only then', async (each) => {
    const at = each.system ? '' : `Patient/${patient.id}/`;
    const { status, headers } = await call('GET', `${hub.fhir}/${at}$${each.code}`);
    expect([status === 405, headers.get('allow')]).toEqual([each.affectsState, each.affectsState ? 'POST' : null]);
  });

  test.each(published.filter(({ affectsState }) => affectsState))(
    '$code takes what its definition says',
    async (each) => {
      const url = `${hub.fhir}/Patient/${patient.id}/$${each.code}`;
      const inputs = (each.parameter ?? []).filter(({ use }) => use === 'in').map(({ name }) => name);
      const parameter = [{ name: 'other', valueString: 'x' }];
      const other = await call('POST', url, { body: { resourceType: 'Parameters', parameter } });
      const text = `The parameter "other" is not served here. There are: ${inputs.join(', ')}.`;
      expect([other.status, texts(other)]).toEqual([400, [text]]);
      const values: Record<string, object> = {
        meta: {
          valueMeta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }] },
        },
        reason: { valueString: 'Asked for by the client' },
      };
      for (const left of [...inputs, undefined]) {
        const sent = inputs.filter((name) => name !== left).map((name) => ({ name, ...values[name] }));
        const body = { resourceType: 'Parameters', parameter: sent };
        // Asked by a program: to take labels off is for people, and refused after all is there.
        const answer = await call<Parameters>('POST', url, { body });
        expect([left, answer.status === 400]).toEqual([left, left !== undefined]);
        const outputs = (each.parameter ?? []).filter(({ use }) => use === 'out').map(({ name }) => name);
        if (answer.status === 200) expect(answer.body.parameter?.map(({ name }) => name)).toEqual(outputs);
      }
    },
  );
});
