import type { Resource } from '@medplum/fhirtypes';
import type { Calendar } from '../../../src/calendars/calendar.ts';
import { awaitedKey, type DeadlineRow } from '../../../src/loops/projection/deadline-rows.ts';
import type { LoopRow } from '../../../src/loops/projection/project.ts';
import type { TransitionRow } from '../../../src/loops/projection/store.ts';
import { ESCALATIONS } from '../../../src/loops/words.ts';
import type { MessageRow } from '../../../src/referrals/conversation/message-rows.ts';
import type { Staff } from '../world.ts';
import { type StagedRows, stagedRows } from './staged-rows.ts';

export interface ResourceRow {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly content: Resource & { id: string };
  readonly tokens: readonly string[];
  readonly author_org: string;
}

export interface DeliveryRow {
  readonly id: string;
  readonly kind: string;
  readonly recipient_org: string;
  readonly loop_id: string;
  readonly task_id: string;
  readonly task_version: number;
  readonly message_id: string | null;
  readonly status: string;
  readonly last_code: string | null;
  readonly settled_at: string | null;
  readonly read_at?: string | null;
}

export interface FiringRow {
  readonly loop_id: string;
  readonly task_id: string;
  readonly message_id: string;
  readonly step: string;
  readonly since: string;
  readonly rung: number;
  readonly what: string;
  readonly result: string;
}

/** A message about a Task, as it is kept beside its Communication. */
export type MessageRecord = MessageRow & {
  readonly answered_by: string | null;
  readonly read_at: string | null;
  readonly withdrawn: boolean;
};

/** What happened to the question to a client. */
export interface ConfirmationRow {
  readonly loop_id: string;
  readonly task_id: string;
  readonly what: string;
  readonly way: string | null;
}

/** The link to the questions that are put by a Task: one for each. */
export interface LinkRow {
  readonly digest: string;
  readonly loopId: string;
  readonly expiresAt: string;
}

export type StandingDeadline = DeadlineRow & { readonly fired: number; readonly at: string | null };

/** What the stories of a loop write and read, as rows that are replaced and never changed. */
export interface Tables {
  readonly resources: Map<string, ResourceRow>;
  readonly loops: Map<string, LoopRow>;
  readonly deadlines: Map<string, StandingDeadline>;
  readonly deliveries: Map<string, DeliveryRow>;
  readonly messages: Map<string, MessageRecord>;
  readonly confirmations: ConfirmationRow[];
  readonly links: Map<string, LinkRow>;
  readonly transitions: TransitionRow[];
  readonly firings: FiringRow[];
  /** Who of the hub's people is there: one word. */
  readonly staff: Staff[];
  readonly policies: { readonly loop_id: string; readonly digest: string }[];
  readonly calendars: Map<string, { readonly version: number; readonly calendar: Calendar | null }>;
}

export function emptyTables(): Tables {
  return {
    resources: new Map(),
    loops: new Map(),
    deadlines: new Map(),
    deliveries: new Map(),
    messages: new Map(),
    confirmations: [],
    links: new Map(),
    transitions: [],
    firings: [],
    staff: ['everybody'],
    policies: [],
    calendars: new Map(),
  };
}

/** As they stand: what is written from now on is not in it. */
export function copyOf(tables: Tables): Tables {
  return {
    resources: new Map(tables.resources),
    loops: new Map(tables.loops),
    deadlines: new Map(tables.deadlines),
    deliveries: new Map(tables.deliveries),
    messages: new Map(tables.messages),
    confirmations: [...tables.confirmations],
    links: new Map(tables.links),
    transitions: [...tables.transitions],
    firings: [...tables.firings],
    staff: [...tables.staff],
    policies: [...tables.policies],
    calendars: new Map(tables.calendars),
  };
}

/** Writes what the statement of a transaction's rows says. Rows that tell nothing of a loop are left out. */
export function writeStaged(tables: Tables, text: string, values: readonly unknown[]): void {
  // In the order in which a table is read again within the statement: it never is.
  for (const staged of stagedRows(text, values)) WRITES[staged.verb]?.(tables, staged.rows);
}

type Write = (tables: Tables, rows: StagedRows['rows']) => void;

const WRITES: Readonly<Record<string, Write>> = {
  'INSERT INTO resource': putResources,
  'UPDATE resource': putResources,
  'INSERT INTO loop': ({ loops }, rows) => {
    for (const row of rows as unknown as LoopRow[]) loops.set(row.id, row);
  },
  'INSERT INTO transition': ({ transitions }, rows) => void transitions.push(...(rows as unknown as TransitionRow[])),
  'INSERT INTO delivery': ({ deliveries }, rows) => {
    for (const row of rows as unknown as DeliveryRow[]) deliveries.set(row.id, { ...row, last_code: null });
  },
  'INSERT INTO message': ({ messages }, rows) => {
    for (const row of rows as unknown as MessageRow[])
      messages.set(row.id, { ...row, answered_by: null, read_at: null, withdrawn: false });
  },
  'INSERT INTO confirmation_event': ({ confirmations }, rows) =>
    void confirmations.push(...(rows as unknown as ConfirmationRow[])),
  'INSERT INTO loop_policy': ({ policies }, rows) => void policies.push(...(rows as unknown as Tables['policies'])),
  'INSERT INTO deadline': (tables, rows) => {
    for (const row of rows as unknown as DeadlineRow[]) putDeadline(tables, row);
  },
  'INSERT INTO firing': ({ firings }, rows) => void firings.push(...(rows as unknown as FiringRow[])),
  'UPDATE deadline': ({ deadlines }, rows) => {
    for (const { fired, at, ...place } of rows as unknown as StandingDeadline[]) {
      const row = deadlines.get(placeOf(place));
      if (row) deadlines.set(placeOf(place), { ...row, fired, at });
    }
  },
  'UPDATE loop': ({ loops }, rows) => {
    for (const { id, escalation } of rows.map((row) => ({ id: row.loop_id, ...row })) as unknown as LoopRow[]) {
      const row = loops.get(id);
      if (row && rank(row.escalation) < rank(escalation)) loops.set(id, { ...row, escalation });
    }
  },
  'DELETE FROM deadline': ({ deadlines }, rows) => {
    for (const { loop_id, awaited } of rows as unknown as { loop_id: string; awaited: string[] }[])
      for (const [key, row] of deadlines)
        if (
          row.loop_id === loop_id &&
          !awaited.includes(awaitedKey({ taskId: row.task_id, messageId: row.message_id }))
        )
          deadlines.delete(key);
  },
};

function rank(escalation: LoopRow['escalation']): number {
  return escalation === null ? -1 : ESCALATIONS.indexOf(escalation);
}

function putResources({ resources }: Tables, rows: StagedRows['rows']): void {
  for (const row of rows as unknown as (ResourceRow & { content: unknown })[]) {
    // Who may read it has its own tests, on the real store.
    if (row.content === undefined || row.version === undefined) continue;
    const content = typeof row.content === 'string' ? JSON.parse(row.content) : row.content;
    resources.set(`${row.type}/${row.id}`, { ...row, content });
  }
}

/** See `deadlineRows`: the ladder of something that is still awaited goes on where it is. */
function putDeadline({ deadlines, firings }: Tables, row: DeadlineRow): void {
  const key = placeOf(row);
  const standing = deadlines.get(key);
  if (standing && Object.entries(row).every(([name, value]) => same(standing[name as keyof DeadlineRow], value)))
    return;
  const fired = firingsOf(firings, row).length;
  deadlines.set(key, { ...row, fired, at: row.ats[fired] ?? null });
}

/** Stands for one thing that is awaited. */
export function placeOf({
  loop_id,
  task_id,
  message_id,
}: Pick<DeadlineRow, 'loop_id' | 'task_id' | 'message_id'>): string {
  return `${loop_id} ${task_id} ${message_id}`;
}

export function firingsOf(
  firings: readonly FiringRow[],
  row: Pick<DeadlineRow, 'task_id' | 'message_id' | 'step' | 'since'>,
): FiringRow[] {
  return firings.filter(
    ({ task_id, message_id, step, since }) =>
      task_id === row.task_id && message_id === row.message_id && step === row.step && since === row.since,
  );
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
