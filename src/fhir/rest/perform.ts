import type { Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { auditNotAllowed, isAudit, performAudit } from '../audit/audit-interactions.ts';
import { asksForProvenance } from '../audit/provenance/asks-for-provenance.ts';
import { bringProvenanceUpToDate } from '../audit/provenance/make-provenance.ts';
import { requireWriteScope } from '../scopes/write-scope.ts';
import { inTime } from '../search/in-time.ts';
import { rehearse, transact } from '../store/transact.ts';
import type { Stored, UnitOfWork } from '../store/unit-of-work.ts';
import type { Answer, Interaction, Session, WriteSession } from './interaction.ts';
import { createUnless, patchTheOne, removeTheOne, updateTheOne } from './interactions/conditional.ts';
import { history, historyTooCostly } from './interactions/history.ts';
import { noteProvenance } from './interactions/provenance.ts';
import { read, readVersion } from './interactions/read.ts';
import { search, searchCompartment } from './interactions/search.ts';
import { create, patch, remove, update } from './interactions/write.ts';
import { type Address, type Params, parseParams } from './request/address.ts';
import { checkBody, checkETag, checkSearchBody } from './request/request-checks.ts';

/**
 * Carries out one interaction by itself, in a transaction of its own where it changes something.
 * @throws AppError when it is refused; then nothing was written
 * @see https://hl7.org/fhir/R4/http.html
 */
export async function perform(session: Session, asked: Interaction): Promise<Answer> {
  if (asksForProvenance(session.caller, asked)) {
    const refused = asked.address.kind === 'history' ? historyTooCostly : undefined;
    await inTime(() => bringProvenanceUpToDate(session.store), refused);
  }
  if (!changes(asked) || isAudit(asked)) return performRead(session, session.store.db, asked);
  let unit: UnitOfWork | undefined;
  const answer = await transact(session.store, session.caller, async (begun) => {
    unit = begun;
    const inside = { ...session, unit: begun };
    const done = await performWrite(inside, asked);
    await noteProvenance(inside, session.provenance, [done.resource]);
    return done;
  });
  return unit ? asWritten(answer, unit) : answer;
}

/** Carries out an interaction that changes something, and undoes it. @throws AppError as when it is performed */
export async function rehearseWrite(session: Session, asked: Interaction): Promise<void> {
  if (isAudit(asked)) throw auditNotAllowed();
  await rehearse(session.store, session.caller, (unit) => performWrite({ ...session, unit }, asked));
}

/** Whether an interaction may change something. */
export function changes({ method, address }: Interaction): boolean {
  if (address.kind === 'search' || (address.kind === 'compartment' && address.posted)) return false;
  return method !== 'GET' && method !== 'HEAD';
}

/** Rules may add to what was written when the transaction ends: the answer says what it became. */
export function asWritten(answer: Answer, unit: UnitOfWork): Answer {
  const { wrote } = answer;
  const after = wrote && unit.staged(wrote.type, wrote.id);
  return after ? { ...answer, resource: after } : answer;
}

/** Reads and searches. @param sql the database, or the transaction whose writes are to be seen */
export async function performRead(session: Session, sql: Sql, asked: Interaction): Promise<Answer> {
  const { address, method, params } = asked;
  if (address.kind === 'search' && !['GET', 'HEAD', 'POST'].includes(method)) throw notAllowed(method, address);
  checkSearchBody(asked);
  if (isAudit(asked)) return performAudit(session, sql, asked);
  const { caller } = session;
  switch (address.kind) {
    case 'instance':
      return ok(await read(sql, caller, address.type, address.id));
    case 'version':
      return ok(await readVersion(sql, caller, address));
    case 'history':
      return ok(await inTime(() => history(sql, session, address, params), historyTooCostly));
    case 'metadata':
      if (session.metadata) return ok(session.metadata());
      throw notAllowed(method, address);
    case 'system':
      return ok(await search(session, sql, undefined, params));
    case 'type':
    case 'search':
      return ok(await search(session, sql, address.type, params));
    case 'compartment':
      return ok(await searchCompartment(session, sql, address, params));
    case 'operation':
      throw notAllowed(method, address);
  }
}

function ok(resource: Resource): Answer {
  return { status: 200, resource };
}

/** Creates, changes, deletes. */
export async function performWrite(session: WriteSession, asked: Interaction): Promise<Answer> {
  checkETag('If-Match', asked.ifMatch);
  checkETag('If-None-Match', asked.ifNoneMatch);
  checkBody(asked);
  requireWriteScope(session.caller, asked.method, 'type' in asked.address ? asked.address.type : undefined);
  const { address, method, body, params } = asked;
  if (address.kind === 'instance') return writeInstance(session, asked, address);
  if (address.kind !== 'type') throw notAllowed(method, address);
  const condition = { type: address.type, params };
  switch (method) {
    case 'POST':
      if (asked.ifNoneExist === undefined) return create(session, body as Resource);
      return createUnless(session, { ...condition, params: queryOf(asked.ifNoneExist) }, body as Resource);
    case 'PUT':
      return updateTheOne(session, condition, body as Resource, asked);
    case 'PATCH':
      return patchTheOne(session, condition, body, asked);
    case 'DELETE':
      return removeTheOne(session, condition, asked);
    default:
      throw notAllowed(method, address);
  }
}

async function writeInstance(
  session: WriteSession,
  asked: Interaction,
  address: Extract<Address, { kind: 'instance' }>,
): Promise<Answer> {
  switch (asked.method) {
    case 'PUT':
      return update(session, asked.body as Stored, asked);
    case 'PATCH':
      return patch(session, address, asked.body, asked);
    case 'DELETE':
      return remove(session, address, asked);
    default:
      throw notAllowed(asked.method, address);
  }
}

/** The search of an If-None-Exist header, which some send with a `?` before it. */
export function queryOf(ifNoneExist: string): Params {
  return parseParams(ifNoneExist.slice(ifNoneExist.indexOf('?') + 1));
}

/** A method means nothing at an address. */
export function notAllowed(method: string, address: Address): AppError {
  const text = `${method} means nothing at this address (${NAMES[address.kind]}). See the metadata for what is served.`;
  return new AppError('notAllowed', 'http.method', text);
}

const NAMES: Readonly<Record<Address['kind'], string>> = {
  system: 'the base',
  metadata: 'the metadata',
  type: 'a type',
  instance: 'a resource',
  version: 'a version of a resource',
  history: 'a history',
  search: 'a search',
  compartment: 'what belongs to a resource',
  operation: 'an operation',
};
