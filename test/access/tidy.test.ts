import { expect, test } from '@jest/globals';
import { maintain } from '../../workers/maintain.ts';
import { call } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { startHub } from '../support/hub.ts';
import { askForToken, claimsOf } from '../support/program.ts';
import { addOrganization, endpointOf, startProgramOf } from './programs.ts';

test('what has expired is cleared away a day later, and what is good stays', async () => {
  const clock = createClock();
  const hub = await startHub('embedded', { now: clock.now });
  try {
    const program = await startProgramOf(hub, await addOrganization(hub, 'Clinic'), ['system/Task.rs']);
    const assertion = await program.key.sign(claimsOf(program.id, endpointOf(hub), clock.now()));
    const { body } = await askForToken(endpointOf(hub), assertion, 'system/Task.rs');
    await askForToken(endpointOf(hub), assertion, 'system/Task.rs');
    const rows = async (): Promise<unknown> => {
      const [row] = await hub.deps.db.query(
        `SELECT (SELECT count(*)::int FROM access_token WHERE client_id = $1) AS tokens, (SELECT count(*)::int FROM used_assertion) AS used,
           (SELECT count(*)::int FROM refusal) AS denials`,
        [program.id],
      );
      return row;
    };
    await maintain(hub.deps);
    expect(await rows()).toEqual({ tokens: 1, used: 1, denials: 1 });
    expect((await call('GET', `${hub.fhir}/Task`, { token: body.access_token })).status).toBe(200);
    clock.advance(25 * 3_600_000);
    await program.token('system/Task.rs');
    await maintain(hub.deps);
    expect(await rows()).toEqual({ tokens: 1, used: 1, denials: 1 });
    clock.advance(366 * 86_400_000);
    await maintain(hub.deps);
    expect(await rows()).toEqual({ tokens: 0, used: 0, denials: 0 });
  } finally {
    await hub.close();
  }
});
