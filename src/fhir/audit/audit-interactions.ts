import type { Bundle } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { type CompartmentAddress, linksOf, withinCompartment } from '../compartments/within.ts';
import type { Answer, Interaction, Session } from '../rest/interaction.ts';
import { read } from '../rest/interactions/read.ts';
import type { Params } from '../rest/request/address.ts';
import { requireWholeScope } from '../scopes/allowed.ts';
import { inTime } from '../search/in-time.ts';
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
  requireWholeScope(session.caller, address.kind === 'instance' ? 'r' : 's', 'AuditEvent');
  const reads = method === 'GET' || method === 'HEAD';
  if (address.kind === 'instance' && reads)
    return { status: 200, resource: await readAuditEvent(sql, session, address.id) };
  if (address.kind === 'search' || (address.kind === 'type' && reads)) {
    return { status: 200, resource: await inTime(() => searchAuditEvents(sql, session, params)) };
  }
  if (address.kind === 'compartment' && (reads || address.posted)) {
    return { status: 200, resource: await auditOf(session, sql, address, params) };
  }
  throw auditNotAllowed();
}

/** The entries of a compartment: of one search parameter each. The links of the answer are those of a plain search. */
async function auditOf(session: Session, sql: Sql, address: CompartmentAddress, params: Params): Promise<Bundle> {
  const { compartment, id } = address;
  withinCompartment(address, session.base);
  await read(sql, session.caller, compartment, id);
  const links = linksOf(compartment, 'AuditEvent').map((code): [string, string] => [code, `${compartment}/${id}`]);
  return inTime(() => searchAuditEvents(sql, session, [...links, ...params]));
}

export function auditNotAllowed(): AppError {
  const text =
    'The audit is written by this hub and cannot be changed. AuditEvents can be read and searched, nothing else.';
  return new AppError('notAllowed', 'audit.read-only', text);
}
