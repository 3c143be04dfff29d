import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken } from '../support/operator.ts';
import { registerClient } from './directory.ts';
import { type FhirClient, read, search } from './fhir/client.ts';
import { givenToken } from './fhir/sign-in.ts';

describe.each(databaseKinds())("a partner's program at the hub (%s)", (kind) => {
  let hub: TestHub;
  let client: FhirClient;
  beforeAll(async () => {
    hub = await startHub(kind);
    const stop = new AbortController().signal;
    const tokens = givenToken(operatorToken(hub.url) ?? '');
    const operator: FhirClient = { base: hub.fhir, tokens, patienceMs: 0, stop };
    const partner = { key: 'x', name: 'Pantry', scopes: () => ['system/Task.rs', 'system/Organization.r'] };
    client = { ...operator, tokens: await registerClient(operator, hub.url, partner, 'careloop') };
  });
  afterAll(() => hub?.close());

  const given = async (): Promise<number> => {
    const [row] = await hub.deps.db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM access_token token JOIN client ON client.id = client_id WHERE jwks IS NOT NULL`,
    );
    return row?.n ?? 0;
  };

  test('gets a token with its key, and keeps it', async () => {
    expect(await search(client, 'Task')).toEqual([]);
    expect(await read(client, 'Organization/careloop')).toMatchObject({ id: 'careloop' });
    expect(await given()).toBe(1);
  });

  test('gets another when that is not good any more, one for all that was refused at once', async () => {
    await hub.deps.db.query('UPDATE access_token SET revoked_at = now() WHERE scopes IS NOT NULL');
    hub.deps.tokens.forget();
    await Promise.all([search(client, 'Task'), search(client, 'Task'), search(client, 'Task')]);
    expect(await given()).toBe(2);
  });

  test('is told that its scopes are not enough, and does not ask for tokens on and on', async () => {
    await expect(search(client, 'Patient')).rejects.toMatchObject({ status: 403 });
    const wrong = { ...client, tokens: givenToken('wrong') };
    await expect(search(wrong, 'Task')).rejects.toMatchObject({ status: 401 });
    expect(await given()).toBe(2);
  });
});
