import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from '@medplum/fhirtypes';
import { Client } from 'fhir-kit-client';
import { addOrganization, addProgram } from '../access/programs.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { askForToken, claimsOf, makeKey, type ProgramKey } from '../support/program.ts';

/**
 * A FHIR client of the field that knows nothing but the address of the FHIR server, its id and its key.
 * @see https://github.com/Vermonster/fhir-kit-client
 */
describe.each(databaseKinds())('fhir-kit-client as a backend service, on the %s store', (kind) => {
  let hub: TestHub;
  let organization: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    organization = await addOrganization(hub, 'St. Anna Hospital');
  });
  afterAll(() => hub.close());

  const signIn = async (id: string, key: ProgramKey, scope: string): Promise<Client> => {
    const client = new Client({ baseUrl: hub.fhir });
    const { tokenUrl } = await client.smartAuthMetadata();
    if (!tokenUrl) throw new Error('The client found no token endpoint.');
    const endpoint = tokenUrl.toString();
    const { body } = await askForToken(endpoint, await key.sign(claimsOf(id, endpoint, new Date())), scope);
    client.bearerToken = body.access_token;
    return client;
  };

  test.each(['RS384', 'ES384'] as const)(
    'finds the token endpoint, gets a token by %s and works with it',
    async (alg) => {
      const key = await makeKey(alg);
      const scopes = [`system/Task.cruds?owner=Organization/${organization}`];
      const id = await addProgram(hub, organization, { jwks: { keys: [key.publicKey] }, scopes });
      const client = await signIn(id, key, scopes[0] as string);
      const body: Task = {
        resourceType: 'Task',
        status: 'draft',
        intent: 'plan',
        owner: { reference: `Organization/${organization}` },
      };
      const made = (await client.create({ resourceType: 'Task', body: body as never })) as unknown as Task;
      expect(made).toMatchObject(body);
      const found = (await client.search({ resourceType: 'Task' })) as unknown as Bundle;
      expect(found.entry?.map(({ resource }) => resource?.id)).toContain(made.id);
      const refused = await client.search({ resourceType: 'Patient' }).then(
        () => undefined,
        (thrown: { response?: { status: number } }) => thrown.response?.status,
      );
      expect(refused).toBe(403);
    },
  );

  test('finds the token endpoint in the metadata alone, as older clients do', async () => {
    const { rest } = (await new Client({ baseUrl: hub.fhir }).capabilityStatement()) as unknown as {
      rest: { security: { extension: { extension: { url: string; valueUri: string }[] }[] } }[];
    };
    const uris = rest[0]?.security.extension[0]?.extension ?? [];
    expect(uris.find(({ url }) => url === 'token')?.valueUri).toBe(`${hub.url}/oauth/token`);
  });
});
