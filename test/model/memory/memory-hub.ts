import type { Task } from '@medplum/fhirtypes';
import { fireDue } from '../../../src/deadlines/fire.ts';
import { acknowledgeByReading } from '../../../src/deliveries/read-receipt.ts';
import { AppError } from '../../../src/errors.ts';
import type { Caller } from '../../../src/fhir/caller.ts';
import { create, update } from '../../../src/fhir/rest/interactions/write.ts';
import { type Store, transact } from '../../../src/fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../../src/fhir/store/unit-of-work.ts';
import { checkLoops, type LoopCheck } from '../../../src/loops/projection/check.ts';
import { reprojectByPolicies } from '../../../src/loops/projection/reproject.ts';
import { LOOP_MARK } from '../../../src/loops/projection/store.ts';
import { createClock } from '../../support/clock.ts';
import { requestOf, taskOf } from '../referral.ts';
import type { Seen } from '../seen-loop.ts';
import { type Delivering, HUB, type ModelHub, type Party, type Said, type Start, WITH_SERVER } from '../world.ts';
import { byHand } from './by-hand.ts';
import { memoryStore } from './memory-store.ts';
import { seenIn } from './seen-in.ts';
import type { Tables } from './tables.ts';

const PATIENT = 'Patient/client';
const itself = (id: string): string => id;

/** The stories of this hub over a store in memory, with a clock that stands still until it is moved. */
export function memoryHub(): ModelHub {
  const clock = createClock();
  const { db, store, settings, otherPolicies } = memoryStore(clock.now);
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
  const links = new Map<string, readonly string[]>();
  const asHub = (work: (unit: UnitOfWork) => void): Promise<void> =>
    transact(store, { kind: 'hub', organizationId: HUB }, async (unit) => work(unit));
  return {
    refer: (party) => (party === 'client' ? PATIENT : `Organization/${party}`),
    now: clock.now,
    send: async (start) => sendTo(store, start, clock.now()),
    change,
    create: (by, resource) => write(by, (session) => create(session, resource)),
    byHand: (loopId, how) => said(byHand({ store, referrals: settings, caller: callerOf(HUB), links }, loopId, how)),
    read: async (by, loopId) => {
      const root = db.tables().resources.get(`Task/${loopId}`)?.content;
      if (root) await acknowledgeByReading(store, callerOf(by), root);
    },
    see: async (loopId): Promise<Seen> => seenIn(db.tables(), loopId, clock.now()),
    wait: async (minutes) => clock.advance(minutes * 60_000),
    serverOf: () => undefined,
    ask: async () => undefined,
    byMail: async () => undefined,
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
      otherPolicies();
      await reprojectByPolicies(store, settings.policies.digest, () => true);
    },
    staff: async (there) => void db.tables().staff.splice(0, 1, there),
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
