import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CapabilityStatement, CapabilityStatementRest, StructureDefinition } from '@medplum/fhirtypes';
import { call } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const OWN: StructureDefinition = {
  resourceType: 'StructureDefinition',
  url: 'https://agency.example/fhir/StructureDefinition/dated-flag',
  name: 'DatedFlag',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Flag',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Flag',
  derivation: 'constraint',
  differential: { element: [{ id: 'Flag.period', path: 'Flag.period', min: 1 }] },
};
const FLAG = {
  resourceType: 'Flag',
  meta: { profile: [OWN.url] },
  status: 'active',
  code: { text: 'x' },
  subject: { display: 'x' },
};

describe.each(databaseKinds())('the profiles in the metadata (%s)', (kind) => {
  const hubs: TestHub[] = [];
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'careloop-profiles-'));
    await writeFile(join(folder, 'dated-flag.json'), JSON.stringify(OWN));
  });
  afterAll(async () => {
    for (const hub of hubs) await hub.close();
    await rm(folder, { recursive: true });
  });

  async function start(settings: Record<string, string>): Promise<[TestHub, CapabilityStatementRest]> {
    const hub = await startHub(kind, { settings });
    hubs.push(hub);
    const { body } = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    return [hub, body.rest?.[0] as CapabilityStatementRest];
  }

  test('are checked, or said not to be', async () => {
    const [hub, { resource = [], documentation }] = await start({});
    expect(documentation).toContain('A resource that claims a supported profile is checked against it');
    const said: string[] = [];
    const so: string[] = [];
    for (const { type, supportedProfile = [], documentation: text = '' } of resource) {
      for (const profile of supportedProfile) {
        // Every resource is checked against its own type.
        if (profile === `http://hl7.org/fhir/StructureDefinition/${type}`) continue;
        const url = `${hub.fhir}/${type}/$validate?profile=${encodeURIComponent(profile)}`;
        const { status } = await call('POST', url, { body: { resourceType: type } });
        expect([200, 400]).toContain(status);
        so.push(`${profile} ${status === 200}`);
        said.push(`${profile} ${!(text.startsWith('Not checked') && text.includes(profile))}`);
      }
    }
    expect(said).toEqual(so);
    expect(so).toContain('https://careloop.dev/fhir/StructureDefinition/referral-leg true');
    expect(so).toContain('http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|7.0.0 false');
  });

  test('are those too that the operator loads, and what claims them is checked', async () => {
    const [hub, { resource = [] }] = await start({ PROFILES_DIR: folder });
    const flag = resource.find(({ type }) => type === 'Flag');
    expect([flag?.supportedProfile, flag?.documentation]).toEqual([[OWN.url], undefined]);
    const write = async (body: object): Promise<number> => (await call('POST', `${hub.fhir}/Flag`, { body })).status;
    expect(await write(FLAG)).toBe(400);
    expect(await write({ ...FLAG, period: { start: '2026-01-01' } })).toBe(201);
  });
});
