import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Answer, Interaction, Session } from '../rest/interaction.ts';
import { readAuditEvent, searchAuditEvents } from './audit-events.ts';

/** Whether an interaction is about the audit, which is kept elsewhere than other resources. */
export function isAudit({ address }: Interaction): boolean {
  return 'type' in address && address.type === 'AuditEvent';
}

/**
 * Reads or searches the audit.
 * @throws AppError (405) for anything else: only this hub writes it, and an entry has no versions
 */
export async function performAudit(session: Session, sql: Sql, asked: Interaction): Promise<Answer> {
  const { address, params, method } = asked;
  const reads = method === 'GET' || method === 'HEAD';
  if (address.kind === 'instance' && reads)
    return { status: 200, resource: await readAuditEvent(sql, session, address.id) };
  if (address.kind === 'search' || (address.kind === 'type' && reads)) {
    return { status: 200, resource: await searchAuditEvents(sql, session, params) };
  }
  throw auditNotAllowed();
}

export function auditNotAllowed(): AppError {
  const text =
    'The audit is written by this hub and cannot be changed. AuditEvents can be read and searched, nothing else.';
  return new AppError('notAllowed', 'audit.read-only', text);
}
