import fc from 'fast-check';
import type { Database } from '../../../src/db/database.ts';
import { RowBuffer } from '../../../src/db/row-writer.ts';
import { foldCounts } from '../../../src/loops/counts/fold.ts';
import { partiesOf } from '../../../src/loops/parties.ts';
import type { LegRow, LoopRow } from '../../../src/loops/projection/project.ts';
import { loopRows } from '../../../src/loops/projection/store.ts';

export const HUB = 'careloop';
export const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const HOUR = 3_600_000;

const organization = fc.constantFrom('anna', 'pantry', 'homes');
/** About now, midnights and the very moment among them. */
export const moment = fc
  .oneof(fc.integer({ min: -60, max: 60 }), fc.constantFrom(-12, 0, 12, 36))
  .map((hours) => new Date(NOON + hours * HOUR));

const leg = fc.record({
  organizationId: organization,
  status: fc.constantFrom('requested', 'accepted', 'rejected', 'completed'),
  withheld: fc.boolean(),
});

const standing = fc.record({
  id: fc.integer({ min: 0, max: 9 }).map((number) => `loop${number}`),
  isOpen: fc.boolean(),
  sender: organization,
  legs: fc.array(leg, { maxLength: 2 }),
  step: fc.constantFrom('decide', 'progress', 'choose-recipient', 'confirm-with-client'),
  ofSender: fc.boolean(),
  escalation: fc.constantFrom(null, 'reminded', 'worklist', 'supervisor'),
  due: moment,
  restricted: fc.boolean(),
  /** Whether the sender has addressed whom it asks itself. */
  isDirect: fc.boolean(),
});

/** A loop as it may stand. What people here do waits for nobody else. */
function rowOf({ id, isOpen, sender, step, ofSender, due, ...rest }: Standing): LoopRow {
  const isDirect = rest.isDirect && rest.legs.length === 1;
  const legs = rest.legs.map((each, at) => ({ taskId: isDirect ? id : `${id}-${at}`, ...each })) as unknown as LegRow[];
  const asked = legs.findLast(({ status }) => status !== 'rejected')?.organizationId ?? null;
  const byHub = step === 'choose-recipient' || step === 'confirm-with-client';
  const awaited = ofSender ? ['sender', sender] : ['receiver', asked];
  const [waitingOn, waitingOnOrg] = byHub || awaited[1] === null ? ['case-manager', HUB] : awaited;
  const at = new Date(NOON).toISOString();
  const open = {
    next_step: step,
    waiting_on: waitingOn as LoopRow['waiting_on'],
    waiting_on_org: waitingOnOrg ?? null,
    since: at,
    due: due.toISOString(),
    escalation: rest.escalation as LoopRow['escalation'],
    outcome: null,
    closed_at: null,
  };
  const nothing = Object.fromEntries(Object.keys(open).map((name) => [name, null])) as {
    [Name in keyof typeof open]: null;
  };
  return {
    ...PLAIN,
    id,
    sender_org: sender,
    receiver_org: asked,
    legs,
    parties: partiesOf(
      sender,
      rest.legs.filter(({ withheld }) => !withheld),
    ),
    restricted: rest.restricted,
    ...(isOpen
      ? { state: 'open', ...open }
      : { state: 'closed', ...nothing, outcome: 'services-provided', closed_at: at }),
  };
}

type Standing = typeof standing extends fc.Arbitrary<infer Value> ? Value : never;

const PLAIN = {
  status: 'requested',
  progress: null,
  service: 'Food',
  category: null,
  priority: 'routine',
  patient: 'Patient/p',
  service_request: 'ServiceRequest/s',
  replaces: null,
  contact_prohibited: false,
  outcome_text: null,
  opened_at: new Date(NOON).toISOString(),
  updated_at: new Date(NOON).toISOString(),
  programme: null,
  policies: '',
  calendars: 0,
  confirmation: null,
  need_remains: null,
  outcome_remains: null,
} as const;

/** Something that happens to loops. */
export type Change = (db: Database) => Promise<unknown>;

export function write(loops: readonly Standing[]): Change {
  const rows = [...new Map(loops.map((each) => [each.id, rowOf(each)])).values()];
  return (db) =>
    db.transaction(async (tx) => {
      const buffer = new RowBuffer();
      for (const row of rows) buffer.add(loopRows, row);
      await tx.commitWith(buffer);
    });
}

const written = fc.array(standing, { minLength: 1, maxLength: 4 }).map(write);
const sql =
  (text: string): Change =>
  (db) =>
    db.query(text);

/** Whatever may happen to loops. */
export const change: fc.Arbitrary<Change> = fc.oneof(
  { arbitrary: written, weight: 6 },
  // Each on a connection of its own, where the store has several; one that is undone beside one that is not.
  {
    arbitrary: fc.array(written, { maxLength: 6 }).map(
      (all): Change =>
        (db) =>
          Promise.allSettled(all.map((each) => each(db))),
    ),
    weight: 2,
  },
  fc.constant<Change>((db) => Promise.all([foldCounts(db), foldCounts(db)])),
  written.map(
    (each): Change =>
      (db) =>
        Promise.all([foldCounts(db), each(db)]),
  ),
  fc.constantFrom(
    sql(`UPDATE loop SET due = due - interval '1 day'`),
    sql('UPDATE loop SET restricted = NOT restricted'),
    sql(`UPDATE loop SET updated_at = updated_at + interval '1 s'`),
    sql(`DELETE FROM loop WHERE state = 'closed'`),
    (db: Database) =>
      db
        .transaction(async (tx) => {
          await tx.query('DELETE FROM loop');
          throw new Error('Undone.');
        })
        .catch(() => undefined),
  ),
);
