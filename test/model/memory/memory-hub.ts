import type { Task } from '@medplum/fhirtypes';
import { loadConsentPolicy } from '../../../src/access/consent/policy.ts';
import { loadCodeLists } from '../../../src/access/labels/code-lists.ts';
import type { Labelling } from '../../../src/access/labels/label-rule.ts';
import { weekdaysIn } from '../../../src/calendars/calendar.ts';
import { fireDue } from '../../../src/deadlines/fire.ts';
import { acknowledgeByReading } from '../../../src/deliveries/read-receipt.ts';
import { AppError } from '../../../src/errors.ts';
import type { Caller } from '../../../src/fhir/caller.ts';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { authorWrites } from '../../../src/fhir/integrity/author-writes.ts';
import { create, update } from '../../../src/fhir/rest/interactions/write.ts';
import { type Store, transact } from '../../../src/fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../../src/fhir/store/unit-of-work.ts';
import { loadHouseProfiles } from '../../../src/fhir/validate/profiles/known-profiles.ts';
import type { Policies } from '../../../src/loops/policy/policy.ts';
import { checkLoops, type LoopCheck } from '../../../src/loops/projection/check.ts';
import { reprojectByPolicies } from '../../../src/loops/projection/reproject.ts';
import { LOOP_MARK, projectLoops } from '../../../src/loops/projection/store.ts';
import type { OutcomeCode } from '../../../src/loops/words.ts';
import { closeByHand } from '../../../src/referrals/by-hand/close.ts';
import { offerByHand } from '../../../src/referrals/by-hand/offer.ts';
import { lockRoot } from '../../../src/referrals/by-hand/open-loop.ts';
import { reopen } from '../../../src/referrals/by-hand/reopen.ts';
import { takeOn } from '../../../src/referrals/by-hand/take-on.ts';
import { answerAsked } from '../../../src/referrals/confirmation/answer.ts';
import { askClients } from '../../../src/referrals/confirmation/ask.ts';
import { askingOf, makeLink } from '../../../src/referrals/confirmation/link.ts';
import { keepMessages } from '../../../src/referrals/conversation/keep-messages.ts';
import { isReceipt } from '../../../src/referrals/conversation/message.ts';
import { hasReferralRule, referralRules } from '../../../src/referrals/rules.ts';
import { answerByStatus } from '../../../src/referrals/stops/change/answer.ts';
import { answerEnded } from '../../../src/referrals/stops/stop-rule.ts';
import { createClock } from '../../support/clock.ts';
import { answersOf } from '../confirmation/seen.ts';
import { policiesOfModel } from '../policies.ts';
import { requestOf, taskOf } from '../referral.ts';
import {
  type ByHand,
  type Delivering,
  HUB,
  type ModelHub,
  type Party,
  type Said,
  type Seen,
  type Start,
  WITH_SERVER,
} from '../world.ts';
import { memoryDatabase } from './memory-database.ts';
import { seed } from './seed.ts';
import { seenIn } from './seen-in.ts';
import type { Tables } from './tables.ts';

let house: { readonly labelling: Labelling; readonly policies: readonly [Policies, Policies] } | undefined;

/** What is loaded once for all hubs in memory. */
function loaded(): NonNullable<typeof house> {
  if (house) return house;
  loadDefinitions();
  loadHouseProfiles(undefined);
  house = {
    labelling: { policy: loadConsentPolicy(), labelsOf: loadCodeLists(), hubOrg: HUB },
    policies: policiesOfModel(),
  };
  return house;
}

const PATIENT = 'Patient/client';
const itself = (id: string): string => id;

/** The stories of this hub over a store in memory, with a clock that stands still until it is moved. */
export function memoryHub(): ModelHub {
  const { labelling, policies } = loaded();
  const clock = createClock();
  const db = memoryDatabase();
  seed(db.tables());
  let at: 0 | 1 = 0;
  const settings = {
    hubOrg: HUB,
    hubCalendar: weekdaysIn('UTC'),
    get policies(): Policies {
      return policies[at];
    },
  };
  let lastId = 0;
  const store: Store = {
    db,
    now: clock.now,
    newId: () => {
      lastId += 1;
      return `n${String(lastId).padStart(5, '0')}`;
    },
    self: `Organization/${HUB}`,
    writeRules: [
      authorWrites((before, after) => hasReferralRule(before) || isReceipt(before, after)),
      ...referralRules(settings, labelling),
    ],
    finishRules: [answerEnded, answerByStatus, askClients(settings), keepMessages(settings), projectLoops(settings)],
    search: { statistics: undefined as never },
  };
  const write = (by: Party, work: (session: Parameters<typeof create>[0]) => Promise<unknown>): Promise<Said> => {
    const caller = callerOf(by);
    return said(
      transact(store, caller, async (unit) => idOf(await work({ store, unit, caller, base: '', strict: false }))),
    );
  };
  const change: ModelHub['change'] = (by, reference, changed, version) =>
    write(by, async (session) => {
      const content = db.tables().resources.get(reference)?.content as Stored;
      if (isHidden(db.tables(), content, by))
        throw new AppError('notFound', 'model.not-shared', `${reference} is shared with others.`);
      return update(session, { ...content, ...changed } as Stored, version ? { ifMatch: `W/"${version}"` } : {});
    });
  const asHub = (work: (unit: UnitOfWork) => void): Promise<void> =>
    transact(store, { kind: 'hub', organizationId: HUB }, async (unit) => work(unit));
  return {
    refer: (party) => (party === 'client' ? PATIENT : `Organization/${party}`),
    now: clock.now,
    send: async (start) => sendTo(store, start, clock.now()),
    change,
    create: (by, resource) => write(by, (session) => create(session, resource)),
    byHand: (loopId, how) => said(byHand({ store, referrals: settings, caller: callerOf(HUB) }, loopId, how)),
    read: async (by, loopId) => {
      const root = db.tables().resources.get(`Task/${loopId}`)?.content;
      if (root) await acknowledgeByReading(store, callerOf(by), root);
    },
    see: async (loopId): Promise<Seen> => seenIn(db.tables(), loopId, clock.now()),
    wait: async (minutes) => clock.advance(minutes * 60_000),
    sweep: async () => {
      await fireDue({ ...settings, store, mails: false }, rethrow);
    },
    deliver: async (how) => {
      for (const row of [...db.tables().deliveries.values()]) {
        const settled = row.settled_at === null ? settledAs(how, row.kind, row.recipient_org) : undefined;
        if (!settled) continue;
        await asHub((unit) => {
          const settled_at = settled.last_code ? null : clock.now().toISOString();
          db.tables().deliveries.set(row.id, { ...row, ...settled, settled_at });
          unit.mark(LOOP_MARK, row.loop_id);
        });
      }
    },
    otherPolicy: async () => {
      at = at === 0 ? 1 : 0;
      await reprojectByPolicies(store, settings.policies.digest, () => true);
    },
    setCalendar: async (of, calendar) => {
      const { calendars, loops } = db.tables();
      calendars.set(of, {
        version: Math.max(0, ...[...calendars.values()].map(({ version }) => version)) + 1,
        calendar,
      });
      await asHub((unit) => {
        for (const { id, state } of loops.values()) if (state === 'open') unit.mark(LOOP_MARK, id);
      });
    },
    findings: async (loopId) => saysOf(await checkLoops(db, settings), loopId),
  };
}

/** What others may not see even here: a draft, and what is said between two. */
function isHidden({ messages }: Tables, { id, ...content }: Stored, by: Party): boolean {
  if (by === HUB) return false;
  if (content.resourceType === 'Communication') {
    const { from_org, to_org } = messages.get(id) ?? {};
    return by !== from_org && by !== to_org;
  }
  const { status, requester } = content as Task;
  return status === 'draft' && requester?.reference !== `Organization/${by}`;
}

function saysOf({ differed, untold }: LoopCheck, loopId: string): string[] {
  const rows = differed.map((id) => `${id === loopId ? 'it' : id} is not what its records make of it`);
  return [...rows, ...untold.map(({ taskId }) => `${taskId} says otherwise`)];
}

/** See `settlementOf`: what a message becomes. Whoever has no server finds it here; how it ended, its reader must read. */
function settledAs(
  how: Delivering,
  kind: string,
  recipient: string,
): { status: string; last_code: string | null } | undefined {
  if (!WITH_SERVER.includes(recipient))
    return kind === 'closing'
      ? { status: 'pending', last_code: 'awaits-reader' }
      : { status: 'delivered', last_code: null };
  if (how === 'away') return undefined;
  return { status: { delivered: 'delivered', rejected: 'rejected', 'given-up': 'dead' }[how], last_code: null };
}

async function sendTo(store: Store, start: Start, now: Date): Promise<string> {
  const caller = callerOf(start.sender);
  return transact(store, caller, async (unit) => {
    const session = { store, unit, caller, base: '', strict: false };
    const request = await create(session, requestOf(start, PATIENT, itself));
    const task = taskOf(start, `ServiceRequest/${request.wrote?.id}`, PATIENT, itself, now);
    return (await create(session, task)).wrote?.id ?? '';
  });
}

async function byHand(context: Parameters<typeof reopen>[0], loopId: string, how: ByHand): Promise<string | undefined> {
  switch (how.what) {
    case 'offer':
      return (await offerByHand(context, loopId, how.to, how.mode))[0];
    case 'take-on':
      return takeOn(context, loopId);
    case 'close':
      await closeByHand(context, loopId, { outcome: how.outcome as OutcomeCode, text: 'So it ended.' });
      return undefined;
    case 'reopen':
      return reopen(context, loopId, 'It is needed again.');
    case 'client-says':
      return ofClient(context, loopId, async (unit) =>
        answerAsked(unit, context.referrals, await askingOf(unit, loopId), answersOf(how), 'telephone'),
      );
    case 'hand-link':
      return ofClient(context, loopId, (unit) => makeLink(unit, loopId));
  }
}

async function ofClient(
  { store, caller }: Parameters<typeof reopen>[0],
  loopId: string,
  work: (unit: UnitOfWork) => Promise<unknown>,
): Promise<undefined> {
  await transact(store, caller, async (unit) => {
    await lockRoot(unit, loopId);
    await work(unit);
  });
}

function callerOf(party: Party): Caller {
  return party === HUB
    ? { kind: 'operator', organizationId: HUB }
    : { kind: 'client', organizationId: party, clientId: party };
}

/** What is refused is an answer; anything else is a fault. */
async function said(work: Promise<string | undefined>): Promise<Said> {
  try {
    return { ok: true, text: '', id: await work };
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.kind !== 'fault') return { ok: false, text: thrown.message };
    throw thrown;
  }
}

function idOf(answer: unknown): string | undefined {
  return (answer as { wrote?: { id: string } }).wrote?.id;
}

function rethrow(thrown: unknown): never {
  throw thrown;
}
