import { expect, test } from '@jest/globals';
import type { AuditEvent } from '@medplum/fhirtypes';
import { linkOf } from '../../src/access/mailbox/link.ts';
import { maintain } from '../../workers/maintain.ts';
import { legNetwork } from '../flows/legs/leg-network.ts';
import { call, found } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { askForToken, claimsOf } from '../support/program.ts';
import { comeByMailbox, linkTo, MAILS_NOWHERE } from './people/visitor.ts';
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

test("a link to an agency's mailbox is forgotten a month after what it opened has ended: who came by it stays known", async () => {
  const clock = createClock();
  const hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { now: clock.now, settings: MAILS_NOWHERE });
  try {
    const agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    const { legOf, loop } = legNetwork(() => hub);
    const askedFor = async () => {
      const loopId = await sendReferral(hub, hospital);
      return { organizationId: agency.id, loopId, taskId: (await legOf(loopId, agency)).id };
    };
    const [ended, open] = [await askedFor(), await askedFor()];
    const visitor = await comeByMailbox(hub, ended);
    await visitor.send('POST', '/api/mailbox/answer', { status: 'rejected', why: 'no-capacity', text: 'No boxes' });
    const link = await linkTo(hub, open);
    const linked = async (): Promise<unknown[]> => {
      const rows = await hub.deps.db.query<{ task_id: string }>('SELECT task_id FROM mailbox_link ORDER BY created_at');
      return rows.map(({ task_id }) => task_id);
    };
    clock.advance(29 * 86_400_000);
    await maintain(hub.deps);
    expect(await linked()).toEqual([ended.taskId, open.taskId]);
    clock.advance(2 * 86_400_000);
    await maintain(hub.deps);
    expect(await linked()).toEqual([open.taskId]);
    expect(await linkOf(hub.deps.db, link, clock.now())).toMatchObject({ taskId: open.taskId });
    // What was done by it is told as before.
    expect((await loop(ended.loopId)).timeline).toContainEqual(
      expect.objectContaining({ source: 'mailbox', by: 'Kim Frontdesk' }),
    );
    const events = found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?_count=200`));
    expect(events.flatMap(({ agent }) => agent.map(({ name }) => name))).toContain('Kim Frontdesk');
  } finally {
    await closeHealthy(hub, false);
  }
});
