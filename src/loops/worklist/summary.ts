import type { HumanName, Patient } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import type { LoopSummary } from '../api.ts';
import { type Names, named, organizationNames } from '../names.ts';
import type { ListedRow } from './viewer.ts';

/** Loops as lists show them. @param rows as the viewer is shown them */
export async function summaries(sql: Sql, rows: readonly ListedRow[], now: Date): Promise<LoopSummary[]> {
  const ids = rows
    .flatMap(({ sender_org, receiver_org, waiting_on_org }) => [sender_org, receiver_org, waiting_on_org])
    .filter((id) => id !== null);
  const names = await organizationNames(sql, ids);
  return rows.map((row) => toSummary(row, names, now));
}

function toSummary(row: ListedRow, names: Names, now: Date): LoopSummary {
  return {
    id: row.id,
    client: { reference: row.patient, name: displayName(row.client) },
    service: row.service,
    category: row.category,
    contactProhibited: row.contact_prohibited,
    programme: row.programme,
    priority: row.priority,
    sender: named(row.sender_org, names),
    receiver: row.receiver_org ? named(row.receiver_org, names) : null,
    state: row.state,
    status: row.status,
    progress: row.progress,
    nextStep: stepOf(row, names, now),
    unread: row.unread,
    untaken: row.untaken,
    outcome: row.outcome
      ? {
          code: row.outcome as NonNullable<LoopSummary['outcome']>['code'],
          text: row.outcome_text,
          remains: row.outcome_remains,
        }
      : null,
    openedAt: row.opened_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
  };
}

function stepOf(row: ListedRow, names: Names, now: Date): LoopSummary['nextStep'] {
  if (!row.next_step || !row.waiting_on || !row.since) return null;
  // A case manager acts for it, where it is about one.
  const acts = row.waiting_on_org !== null && row.waiting_on !== 'case-manager';
  return {
    step: row.next_step as NonNullable<LoopSummary['nextStep']>['step'],
    waitingOn: { kind: row.waiting_on, party: acts ? named(row.waiting_on_org ?? '', names) : null },
    since: row.since.toISOString(),
    due: row.due?.toISOString() ?? null,
    late: row.due !== null && row.due < now,
    escalation: row.escalation,
  };
}

/** A client's name as it is said. */
function displayName(client: Patient | null): string {
  const name: HumanName | undefined = client?.name?.find(({ use }) => use === 'official') ?? client?.name?.[0];
  const parts = [...(name?.given ?? []), name?.family].filter(Boolean);
  return name?.text ?? (parts.join(' ') || 'Name not given');
}
