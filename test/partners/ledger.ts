import type { Task } from '@medplum/fhirtypes';

/** One thing a partner was told or did. */
export interface LedgerEntry {
  readonly at: string;
  readonly kind: 'told' | 'did';
  /** What it was, in a word: `created`, `updated`, `referred`, `accepted` … */
  readonly what: string;
  /** The business identifier of the Task it is about. */
  readonly about: string;
  readonly status?: string | undefined;
  /** Which version of the Task it speaks of: when the hub last changed it. */
  readonly modified?: string | undefined;
  readonly detail?: string | undefined;
}

/** What a partner was told and did, in that order, so that a run can be audited. */
export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  write(entry: Omit<LedgerEntry, 'at'>): void;
  /** What it was told about one Task. */
  toldAbout(identifier: string): readonly LedgerEntry[];
}

export function createLedger(): Ledger {
  const entries: LedgerEntry[] = [];
  const told = new Map<string, LedgerEntry[]>();
  return {
    entries,
    write: (entry) => {
      const written = { at: new Date().toISOString(), ...entry };
      entries.push(written);
      if (entry.kind === 'told') told.set(entry.about, [...(told.get(entry.about) ?? []), written]);
    },
    toldAbout: (identifier) => told.get(identifier) ?? [],
  };
}

/** The business identifier a Task is known by on both sides, as `system|value`. */
export function identifierOf(task: Task): string {
  const identifier = task.identifier?.[0];
  return `${identifier?.system ?? ''}|${identifier?.value ?? ''}`;
}

/** What is written when a Task is told. */
export function tellingOf(task: Task, what: string): Omit<LedgerEntry, 'at'> {
  const { status, lastModified: modified } = task;
  return { kind: 'told', what, about: identifierOf(task), status, modified };
}
