import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { OperationOutcome, Task } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../../support/api.ts';
import { createClock, type TestClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { BY_HAND } from '../../workers/late-loops.ts';
import { legNetwork, outcome } from '../legs/leg-network.ts';
import { APP_IDENTIFIER, askingClients } from './asking-clients.ts';

export const MONDAY = '2026-03-02T09:00:00.000Z';
export const YES = { 'service-received': 'yes', 'need-remains': false };
export const NO = { 'service-received': 'no', 'need-remains': true, comment: 'Nobody came' };

interface Parts {
  hub: TestHub;
  hospital: Partner;
  agency: Partner;
  app: Partner;
}

/** A hub whose policy has clients asked, an agency that does all of it, and what tests ask them. */
export function askingNetwork() {
  const clock: TestClock = createClock(MONDAY);
  const folder = askingClients();
  const parts = {} as Parts;
  const legs = legNetwork(() => parts.hub);
  beforeAll(async () => {
    const [store = 'embedded' as const] = databaseKinds();
    const settings = { ...BY_HAND, POLICIES_DIR: folder };
    const hub = await startHub(store, { workers: true, now: clock.now, settings });
    const agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    for (const category of ['transportation-insecurity', 'homelessness']) await offers(hub, agency, category);
    const app = await addPartner(hub, 'Our App');
    const [system, value] = APP_IDENTIFIER.split('|');
    const organization = await done(call('GET', `${hub.fhir}/Organization/${app.id}`));
    const body = { ...organization, identifier: [{ system, value }] };
    await done(call('PUT', `${hub.fhir}/Organization/${app.id}`, { body }));
    Object.assign(parts, { hub, agency, app, hospital: await addPartner(hub, 'St. Anna Hospital') });
  });
  afterAll(async () => {
    await closeHealthy(parts.hub);
    rmSync(folder, { recursive: true });
  });

  /** A referral that the agency has completed; its sender has read that. */
  const completed = async (category = 'food-insecurity'): Promise<string> => {
    const id = await sendReferral(parts.hub, parts.hospital, { category });
    await legs.say(id, parts.agency, { status: 'completed', ...outcome('Two boxes') });
    await legs.read(id, parts.hospital);
    return id;
  };
  const asked = async (id: string): Promise<Task & { id: string }> =>
    done<Task>(call('GET', `${parts.hub.fhir}/Task/${(await legs.loop(id)).confirmation?.task}`));
  const answer = (id: string, answers: object): Promise<Answer<OperationOutcome>> =>
    legs.post(id, 'confirmation/answer', { answers });
  const events = async (id: string): Promise<unknown[]> =>
    (await legs.loop(id)).timeline.flatMap((entry) => (entry.kind === 'confirmation' ? [[entry.what, entry.way]] : []));
  const byLink = (what: '/look' | '', body: object): Promise<Answer<OperationOutcome>> =>
    call('POST', `${parts.hub.url}/api/client-answers${what}`, {
      token: null,
      headers: { 'content-type': 'application/json' },
      body,
    });
  /** @returns the code of a link to hand out */
  const link = async (id: string): Promise<string> => {
    const { status, body } = await legs.post<{ link: string }>(id, 'confirmation/link');
    expect([status, body.link]).toEqual([201, expect.stringMatching(/\/your-experience#[\w-]{40,}$/)]);
    return body.link.split('#')[1] ?? '';
  };
  return { parts, clock, ...legs, completed, asked, answer, events, byLink, link };
}

async function offers(hub: TestHub, agency: Partner, category: string): Promise<void> {
  const body = {
    resourceType: 'HealthcareService',
    active: true,
    providedBy: { reference: `Organization/${agency.id}` },
    category: [{ coding: [{ code: category }] }],
  };
  await done(call('POST', `${hub.fhir}/HealthcareService`, { body }));
}
