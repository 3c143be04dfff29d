import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { setCalendar } from '../../../src/calendars/set-calendar.ts';
import { fireDue } from '../../../src/deadlines/fire.ts';
import { deliver } from '../../../src/deliveries/deliver.ts';
import { CHECKS } from '../../../src/doctor/checks.ts';
import { applyCalendars } from '../../../src/loops/projection/apply-calendars.ts';
import { reconsiderDue } from '../../../src/referrals/consent/reconsider-due.ts';
import { call, done } from '../../support/api.ts';
import { createClock, type TestClock } from '../../support/clock.ts';
import type { DatabaseKind } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addMailbox } from '../../support/mailbox.ts';
import { addPartner } from '../../support/network.ts';
import { ASKING } from '../policies.ts';
import { requestOf, taskOf } from '../referral.ts';
import {
  AGENCIES,
  HUB,
  type ModelHub,
  type Party,
  SENDERS,
  type Start,
  WITH_MAILBOX,
  WITH_SERVER,
  WITH_SERVICE,
} from '../world.ts';
import { ask } from './ask.ts';
import { byHand, said } from './by-hand.ts';
import { type Mailboxes, startMailboxes } from './mailbox.ts';
import type { Meeting } from './meeting.ts';
import { type PartnerServer, startPartnerServer } from './partner-server.ts';
import { seenRows } from './seen-rows.ts';

/** A hub that runs, with all who are there. */
export interface RealWorld {
  readonly hub: TestHub;
  readonly clock: TestClock;
  /** The servers of those who have one. */
  readonly partners: ReadonlyMap<string, PartnerServer>;
  readonly mailboxes: Mailboxes;
  readonly tokens: ReadonlyMap<string, string>;
  readonly ids: (party: string) => string;
  readonly nameOf: (id: string) => string;
  /** Ends the servers of partners and mailboxes. */
  readonly closeOthers: () => Promise<void>;
}

/** A Monday after every test: until when somebody may read is also compared with the clock of the database. */
const MONDAY = '2126-03-04T09:00:00.000Z';

/** Starts a hub on a database of its own, whose deliveries and deadlines are worked off when it is said. */
export async function startWorld(kind: DatabaseKind): Promise<RealWorld> {
  const clock = createClock(MONDAY);
  const folder = mkdtempSync(join(tmpdir(), 'careloop-model-'));
  writeFileSync(join(folder, 'policy.json'), JSON.stringify(ASKING));
  const mailboxes = await startMailboxes();
  const settings = { POLICIES_DIR: folder, SMTP_URL: mailboxes.url, MAIL_FROM: 'hub@hub.example' };
  const hub = await startHub(kind, { now: clock.now, settings });
  rmSync(folder, { recursive: true });
  const partners = new Map<string, PartnerServer>();
  for (const name of WITH_SERVER) partners.set(name, await startPartnerServer());
  const [ids, tokens] = [new Map<string, string>([[HUB, HUB]]), new Map<string, string>()];
  for (const name of [...SENDERS, ...AGENCIES]) {
    const own = partners.get(name);
    const address = own ? { address: own.address } : {};
    const category = WITH_SERVICE.some((each) => each === name) ? { category: 'food-insecurity' } : {};
    const { id, token } = await addPartner(hub, name, { ...address, ...category });
    ids.set(name, id);
    tokens.set(name, token);
    if (WITH_MAILBOX.includes(name)) await addMailbox(hub, id, `desk@${name}.example`);
  }
  // Years pass in some sequences: that tokens for a trial expire has its own tests.
  await hub.deps.db.query(`UPDATE access_token SET expires_at = 'infinity'`);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  return {
    hub,
    clock,
    partners,
    mailboxes,
    tokens,
    ids: (party) => ids.get(party) ?? party,
    nameOf: (each) => names.get(each) ?? each,
    closeOthers: async () => {
      for (const each of [...partners.values(), mailboxes]) await each.close();
    },
  };
}

/** The hub as one of several sequences has it that go on side by side, over HTTP; time passes for all of them at once. */
export function realHub(world: RealWorld, meeting: Meeting): ModelHub {
  const { hub, clock, partners, mailboxes, tokens, ids, nameOf } = world;
  const { deps } = hub;
  const own: string[] = [];
  const links = new Map<string, readonly string[]>();
  let client = '';
  const as = (by: Party): { token: string | undefined } => ({ token: tokens.get(by) });
  const found = new Map<string, readonly string[]>();
  return {
    refer: (party) => (party === 'client' ? client : `Organization/${ids(party)}`),
    now: clock.now,
    send: async (start) => {
      const answer = await done<Bundle>(call('POST', hub.fhir, { ...as(start.sender), body: bundleOf(world, start) }));
      const [patient, , task] = (answer.entry ?? []).map(({ response }) => response?.location?.split('/') ?? []);
      client = `Patient/${patient?.[1]}`;
      const id = task?.[1] ?? '';
      own.push(id);
      return id;
    },
    change: async (by, reference, changed, version) => {
      const [row] = await deps.db.query<{ content: object }>(
        'SELECT content FROM resource WHERE type = $1 AND id = $2',
        reference.split('/'),
      );
      const headers: Record<string, string> = version ? { 'if-match': `W/"${version}"` } : {};
      return said(
        await call('PUT', `${hub.fhir}/${reference}`, { ...as(by), headers, body: { ...row?.content, ...changed } }),
      );
    },
    create: async (by, resource: Resource) =>
      said(await call('POST', `${hub.fhir}/${resource.resourceType}`, { ...as(by), body: resource })),
    byHand: async (loopId, how) => {
      const answer = await byHand({ ...world, links }, loopId, how);
      if (answer.ok && answer.id && how.what === 'reopen') own.push(answer.id);
      return answer;
    },
    read: async (by, loopId) => void (await call('GET', `${hub.fhir}/Task/${loopId}`, as(by))),
    see: (loopId) => seenRows(deps.db, loopId, clock.now(), nameOf),
    wait: (minutes) =>
      meeting.meet('time', async () => {
        clock.advance(minutes * 60_000);
        await consentsInTime(world);
        await fireDue({ ...deps, mails: false }, (thrown) => {
          throw thrown;
        });
      }),
    serverOf: (by) => partners.get(by),
    ask: (by, taskId, isAway) => ask(world, meeting, { by, taskId, isAway }),
    byMail: (taskId, what, body) => mailboxes.say(hub, taskId, what, body),
    // It is done as the time passes.
    sweep: async () => undefined,
    deliver: async (how) => {
      for (const id of own) for (const each of partners.values()) each.answer(id, how);
      const rows = await deps.db.query<{ id: string; here: boolean }>(UNSETTLED_SQL, [own, ids('clinic'), ids('cook')]);
      // Who gives up does so after the first try here: how often it is tried has its own tests.
      const delivering = { ...deps.delivering, schedule: [] };
      for (const { id, here } of rows) if (here || how !== 'away') await deliver(delivering, id);
    },
    otherPolicy: async () => undefined,
    staff: async () => undefined,
    setCalendar: async (of, calendar) => {
      const caller = { kind: 'operator', organizationId: HUB } as const;
      if (calendar) await setCalendar({ ...deps, store: deps.store }, caller, ids(of), calendar);
      await applyCalendars(deps.store);
    },
    findings: async (loopId) => {
      await meeting.meet('doctor', async () => {
        for (const { name, says, find } of CHECKS.filter((each) => each.name !== 'outbox'))
          for (const subject of await find({ ...deps, leaseMs: 60_000 }))
            found.set(subject, [`${name}: ${subject} ${says}`]);
      });
      return [...found].flatMap(([subject, texts]) => (subject === loopId || !isLoop(subject, found) ? texts : []));
    },
  };
}

/** What is found of another loop is told where that is looked at. */
function isLoop(subject: string, found: ReadonlyMap<string, readonly string[]>): boolean {
  return /^(next-step|loop-row|deadline):/.test(found.get(subject)?.[0] ?? '');
}

const UNSETTLED_SQL = `SELECT id, recipient_org <> ALL (ARRAY[$2, $3]) AS here FROM delivery
  WHERE loop_id = ANY ($1::text[]) AND settled_at IS NULL ORDER BY seq`;

function bundleOf({ ids, clock }: RealWorld, start: Start): Bundle {
  const patient = 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000001';
  const request = 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000002';
  const entry = (resource: Resource, fullUrl: string): NonNullable<Bundle['entry']>[number] => ({
    fullUrl,
    request: { method: 'POST', url: resource.resourceType },
    resource,
  });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      entry({ resourceType: 'Patient', name: [{ family: 'Model' }] }, patient),
      entry(requestOf(start, patient, ids), request),
      entry(taskOf(start, request, patient, ids, clock.now()), 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000003'),
    ],
  };
}

/** What a period of a consent has opened or ended is decided anew: the sweep does so each second. */
async function consentsInTime({ hub: { deps } }: RealWorld): Promise<void> {
  for (let rounds = 0; rounds < 1_000; rounds += 1)
    if ((await reconsiderDue(deps.store, deps.consentPolicy)) === 0) return;
  throw new Error('What periods of consents have changed is decided anew without an end.');
}
