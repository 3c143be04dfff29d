import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { lockNames } from '../../../db/locks.ts';
import { AppError } from '../../../errors.ts';
import { auditNotAllowed, isAudit } from '../../audit/audit-interactions.ts';
import { asksForProvenance } from '../../audit/provenance/asks-for-provenance.ts';
import { bringProvenanceUpToDate } from '../../audit/provenance/make-provenance.ts';
import { requireWriteScope } from '../../scopes/write-scope.ts';
import { inTime } from '../../search/in-time.ts';
import { lockForWrite, transact } from '../../store/transact.ts';
import type { Stored, UnitOfWork } from '../../store/unit-of-work.ts';
import type { Answer, Interaction, Session, WriteSession } from '../interaction.ts';
import { type Condition, foundOne, nameOf, refuseTaken, withId } from '../interactions/conditional.ts';
import { noteProvenance } from '../interactions/provenance.ts';
import { create } from '../interactions/write.ts';
import { asWritten, changes, notAllowed, performRead, performWrite, queryOf } from '../perform.ts';
import type { Params } from '../request/address.ts';
import { readAnew } from '../request/read-anew.ts';
import { checkOwnId } from '../request/request-checks.ts';
import { resolveConditionalReferences } from './conditional-references.ts';
import { entryOf, placedAt, rankOf, readEntry, typeOf } from './entry.ts';
import type { Made } from './made.ts';
import { namesOf, withAddresses, withAddressesInPatch } from './names.ts';

/** Wraps the work inside the transaction, e.g. to answer a repeated Bundle as the first time. */
export type Around = (unit: UnitOfWork, bundle: Bundle, work: () => Promise<Bundle>) => Promise<Bundle>;

/**
 * Carries out a transaction Bundle: all of it, or none.
 * @throws AppError that names the entry; then nothing was written
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export async function runTransaction(session: Session, bundle: Bundle, around: Around): Promise<Bundle> {
  const entries = (bundle.entry ?? []).map((entry, at) => readEntry(entry, at, session.base));
  requireScopes(session, entries);
  if (entries.some((asked) => asksForProvenance(session.caller, asked)))
    await inTime(() => bringProvenanceUpToDate(session.store));
  let decided: readonly Decided[] = [];
  try {
    return await transact(session.store, session.caller, (unit) => {
      const inside = { ...session, unit };
      return around(unit, bundle, async () => {
        decided = await decide(inside, bundle, entries);
        return carryOut(inside, decided);
      });
    });
  } catch (thrown) {
    throw thrown instanceof AppError ? inEntry(thrown, decided) : thrown;
  }
}

/** Also where nothing will be done, because the same Bundle was accepted before. */
function requireScopes({ caller }: Session, entries: readonly Interaction[]): void {
  for (const [at, asked] of entries.entries()) {
    try {
      requireWriteScope(caller, asked.method, typeOf(asked));
    } catch (thrown) {
      throw placedAt(thrown, at, undefined);
    }
  }
}

/** An entry of which it is known what it is about. */
interface Decided {
  readonly at: number;
  readonly asked: Interaction;
  /** What it is about on this server. */
  readonly target: { readonly type: string; readonly id: string } | undefined;
  /** What meets its condition. */
  readonly found: Stored | undefined;
  readonly isNew: boolean;
}

async function decide(
  session: WriteSession,
  bundle: Bundle,
  entries: readonly Interaction[],
): Promise<readonly Decided[]> {
  await holdConditions(session, entries);
  const decided: Decided[] = [];
  for (const [at, asked] of entries.entries()) {
    try {
      decided.push(await decideOne(session, asked, at));
    } catch (thrown) {
      throw thrown instanceof AppError ? placedAt(thrown, at, undefined) : thrown;
    }
  }
  refuseTwice(decided);
  const names = namesOf(
    decided.flatMap(({ at, target, isNew, found }) => {
      const { fullUrl, resource, request } = bundle.entry?.[at] ?? {};
      const said: unknown = isNew && request?.method === 'POST' ? resource?.meta?.versionId : undefined;
      const version = typeof said === 'string' ? said : undefined;
      return target && (isNew || found) ? [{ fullUrl, address: `${target.type}/${target.id}`, version }] : [];
    }),
  );
  const made = decided.flatMap(madeBy);
  return Promise.all(
    decided.map(async (each) => {
      const body = await bodyOf(session, each, names, made);
      return { ...each, asked: { ...each.asked, body } };
    }),
  );
}

function madeBy({ asked, target, isNew }: Decided): Made[] {
  if (!target || !(isNew || asked.method === 'PUT')) return [];
  const address = `${target.type}/${target.id}`;
  return [{ address, type: target.type, resource: asked.body as Resource, condition: conditionOf(asked) }];
}

async function bodyOf(
  session: WriteSession,
  { at, asked, found }: Decided,
  names: ReadonlyMap<string, string>,
  made: readonly Made[],
): Promise<unknown> {
  if (asked.method === 'PATCH') return withAddressesInPatch(asked.body, names);
  if (asked.method !== 'POST' && asked.method !== 'PUT') return asked.body;
  const body = withAddresses(asked.body as Resource, names);
  const resource = asked.method === 'PUT' && found ? withId(body, found) : body;
  return resolveConditionalReferences(session, resource, at, made);
}

/** Names are held in one order, so that two Bundles do not wait for each other. */
async function holdConditions(session: WriteSession, entries: readonly Interaction[]): Promise<void> {
  const known = new Map<string, number>();
  for (const [at, asked] of entries.entries()) {
    const condition = conditionOf(asked);
    if (!condition) continue;
    const other = known.get(nameOf(condition));
    known.set(nameOf(condition), at);
    if (other === undefined) continue;
    const text = `Entry ${other} of this Bundle has the same condition. Say in one entry what both say.`;
    const place = asked.method === 'POST' ? 'ifNoneExist' : 'url';
    const issues = [{ text, expression: `Bundle.entry[${at}].request.${place}` }];
    throw new AppError('invalid', 'condition.twice', text, { issues });
  }
  if (known.size > 0) await lockNames(session.unit.tx, [...known.keys()]);
}

function conditionOf({ method, address, params, ifNoneExist }: Interaction): Condition | undefined {
  if (address.kind !== 'type') return undefined;
  if (method === 'POST')
    return ifNoneExist === undefined ? undefined : { type: address.type, params: queryOf(ifNoneExist) };
  return method === 'PUT' || method === 'PATCH' || method === 'DELETE' ? { type: address.type, params } : undefined;
}

async function decideOne(session: WriteSession, asked: Interaction, at: number): Promise<Decided> {
  const { address, method, body } = asked;
  if (!changes(asked)) return { at, asked, target: undefined, found: undefined, isNew: false };
  if (isAudit(asked)) throw auditNotAllowed();
  if (address.kind === 'instance' && method === 'POST') throw notAllowed(method, address);
  if (address.kind === 'instance') return { at, asked, target: address, found: undefined, isNew: false };
  if (address.kind !== 'type') {
    const text = 'A transaction has no operations in it. Send a batch, or the operation by itself.';
    throw new AppError('invalid', 'transaction.operation', text);
  }
  if (method === 'PUT') checkOwnId(body as object, `Bundle.entry[${at}].resource`);
  const condition = conditionOf(asked);
  const found = condition && (await foundPlaced(session, condition, asked, at));
  if (found) return { at, asked, target: { type: address.type, id: found.id }, found, isNew: false };
  const own = method === 'PUT' ? (body as Partial<Resource>).id : undefined;
  const creates = method === 'POST' || method === 'PUT';
  const id = own ?? session.store.newId();
  return { at, asked, target: creates ? { type: address.type, id } : undefined, found: undefined, isNew: creates };
}

async function foundPlaced(
  session: WriteSession,
  condition: Condition,
  { method }: Interaction,
  at: number,
): Promise<Stored | undefined> {
  const expression = `Bundle.entry[${at}].request.${method === 'POST' ? 'ifNoneExist' : 'url'}`;
  try {
    const found = await foundOne(session, condition);
    if (found || method !== 'PATCH') return found;
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const issues = [{ text: thrown.message, expression }];
    throw new AppError(thrown.kind, thrown.code, thrown.message, { issues });
  }
  const text = 'Nothing meets this condition, so there is nothing to change.';
  throw new AppError('notFound', 'condition.nothing', text, { issues: [{ text, expression }] });
}

/** @see https://hl7.org/fhir/R4/http.html#trules */
function refuseTwice(decided: readonly Decided[]): void {
  const known = new Map<string, Decided>();
  for (const each of decided) {
    if (!each.target || isFound(each)) continue;
    const address = `${each.target.type}/${each.target.id}`;
    const other = known.get(address);
    if (other) {
      const text = `Entry ${other.at} of this Bundle changes the same resource, ${address}. Say in one entry what both say.`;
      throw twice(text, `Bundle.entry[${each.at}]`);
    }
    known.set(address, each);
  }
  for (const { at, found } of decided.filter(isFound)) {
    const address = `${found?.resourceType}/${found?.id}`;
    const other = known.get(address);
    if (other?.asked.method !== 'DELETE') continue;
    const text = `Entry ${other.at} of this Bundle deletes what meets this condition, ${address}. Send the two one after the other.`;
    throw twice(text, `Bundle.entry[${at}].request.ifNoneExist`);
  }
}

/** What is found rather than made is left as it is. */
function isFound({ asked, found }: Decided): boolean {
  return asked.method === 'POST' && found !== undefined;
}

function twice(text: string, expression: string): AppError {
  return new AppError('invalid', 'transaction.twice', text, { issues: [{ text, expression }] });
}

/** What is there already is taken in one order, whatever that of the entries: two Bundles do not wait for each other. */
async function takeTargets({ store, unit }: WriteSession, decided: readonly Decided[]): Promise<void> {
  const there = decided.flatMap((each) =>
    each.target && !each.isNew && !isFound(each) ? [{ ...each, ...each.target }] : [],
  );
  const inOrder = there.sort((a, b) => compare(a.type, b.type) || compare(a.id, b.id));
  for (const { asked, at, type, id } of inOrder) {
    try {
      await lockForWrite(store, unit, type, id);
    } catch (thrown) {
      throw thrown instanceof AppError ? placedAt(thrown, at, typeOf(asked)) : thrown;
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

async function carryOut(session: WriteSession, decided: readonly Decided[]): Promise<Bundle> {
  await takeTargets(session, decided);
  const answers = new Map<number, Answer>();
  const inOrder = [...decided].sort((a, b) => rankOf(a.asked) - rankOf(b.asked));
  for (const each of inOrder) {
    try {
      answers.set(each.at, await carryOutOne(session, each));
    } catch (thrown) {
      throw thrown instanceof AppError ? placedAt(thrown, each.at, typeOf(each.asked)) : thrown;
    }
  }
  await noteProvenance(
    session,
    session.provenance,
    [...answers.values()].map(({ resource }) => resource),
  );
  const entry = decided.map((each) => answered(session, asWritten(answers.get(each.at) as Answer, session.unit), each));
  return { resourceType: 'Bundle', type: 'transaction-response', entry };
}

function answered(session: WriteSession, answer: Answer, { asked, at }: Decided): BundleEntry {
  try {
    return entryOf(answer, readAnew(session.caller, asked));
  } catch (thrown) {
    throw placedAt(thrown, at, typeOf(asked));
  }
}

async function carryOutOne(session: WriteSession, { asked, target, found, isNew }: Decided): Promise<Answer> {
  if (!changes(asked)) {
    await session.unit.flush();
    return performRead(session, session.unit.tx, asked);
  }
  if (asked.method === 'POST' && found) return { status: 200, resource: found };
  // Under a condition that nothing meets, there is nothing to delete.
  if (!target) return { status: 200 };
  if (asked.method === 'POST' || (isNew && (asked.body as Partial<Resource>).id === undefined)) {
    return create(session, asked.body as Resource, target.id);
  }
  if (isNew && asked.method === 'PUT') await refuseTaken(session, target.type, target.id);
  const params: Params = [];
  return performWrite(session, { ...asked, address: { kind: 'instance', ...target }, params });
}

/** What a rule finds wrong when all entries are made stands in one of them. */
function inEntry(error: AppError, decided: readonly Decided[]): AppError {
  const { subject } = error;
  if (error.outcome.issue.some(({ expression }) => expression?.[0]?.startsWith('Bundle.'))) return error;
  const entry = decided.find(({ target }) => subject && target?.type === subject.type && target.id === subject.id);
  return entry && subject ? placedAt(error, entry.at, subject.type) : error;
}
