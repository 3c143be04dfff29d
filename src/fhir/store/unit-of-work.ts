import type { Resource } from '@medplum/fhirtypes';
import type { Sql, Transaction } from '../../db/database.ts';
import { RowBuffer, type RowWriter } from '../../db/row-writer.ts';
import { withNumbersOf } from '../../db/written-numbers.ts';
import type { Caller } from '../caller.ts';
import { Grants } from '../sharing/grants.ts';
import type { ReadersRow } from '../sharing/readers.ts';
import type { Shown, ShownOf } from '../sharing/subsetted.ts';
import { annotate, writtenVersion } from './annotate.ts';
import { currentRows, type Taken } from './current-rows.ts';
import { givenTo, shownAfter } from './given.ts';
import {
  type Acting,
  actorOf,
  type Change,
  type CurrentRow,
  type Held,
  heldFrom,
  isBlank,
  metaOf,
  type Stored,
} from './held.ts';
import { whyRefused } from './outdated.ts';
import { type Address, addRequired, keyOf, missingOf, type Required } from './required.ts';
import { addResourceRows } from './resource-rows.ts';
import type { Surroundings } from './surroundings.ts';

export { type Acting, BY_HUB, type Change, type Stored } from './held.ts';

/**
 * Everything one transaction writes, held in memory until it is flushed in one statement. Reads see what was written.
 * A resource written more than once in it becomes one version.
 */
export class UnitOfWork {
  readonly #held = new Map<string, Held>();
  readonly #rows = new RowBuffer();
  /** What was read without being taken: read once. */
  readonly #seen = new Map<string, Stored>();
  readonly #seenByHub = new Map<string, Stored>();
  readonly #grants = new Grants();
  readonly #marks = new Map<string, Set<string>>();
  readonly #required: Required[] = [];
  /** What this transaction leans on, by the name of what confirms it, and how it is forgotten. */
  readonly #leansOn = new Map<string, () => void>();
  /** What was required already: asked for once. */
  readonly #found = new Set<string>();
  readonly tx: Transaction;
  readonly caller: Caller;
  readonly now: Date;
  readonly newId: () => string;
  readonly hubOrg: string;
  readonly #shownOf: ShownOf;

  constructor(tx: Transaction, caller: Caller, { now, newId, hubOrg, shownOf }: Surroundings) {
    this.tx = tx;
    this.caller = caller;
    this.now = now;
    this.newId = newId;
    this.hubOrg = hubOrg;
    this.#shownOf = shownOf ?? (() => undefined);
  }

  /** The changes made so far, in the order they were first made. */
  get changes(): readonly Change[] {
    return [...this.#held.values()];
  }

  /** A resource as this transaction leaves it so far; undefined when it does not write it. */
  staged(type: string, id: string): Stored | undefined {
    return this.#held.get(keyOf(type, id))?.after;
  }

  /** Reads a resource as this transaction sees it; undefined when it does not exist, is deleted, or is hidden. */
  async find<T extends Resource = Resource>(
    type: string,
    id: string,
    acting: Acting = {},
  ): Promise<Stored<T> | undefined> {
    const key = keyOf(type, id);
    const held = this.#held.get(key);
    if (held && !isBlank(held, acting)) return (await this.#shown(held, acting)) as Stored<T> | undefined;
    const seen = acting.byHub ? this.#seenByHub : this.#seen;
    const known = seen.get(key) ?? (await this.#look({ type, id }, acting));
    if (known) seen.set(key, known);
    return known as Stored<T> | undefined;
  }

  /** Which of these resources do not exist, as this transaction sees it (`Type/id`); one query for all. */
  missing(references: readonly Address[]): Promise<ReadonlySet<string>> {
    return missingOf(this.tx, this.caller, this.#notStaged(references));
  }

  /**
   * Requires that these resources exist, as this transaction sees it. It is found out by the statement that writes.
   * @param refuse throws, given those that do not exist (`Type/id`)
   */
  require(references: readonly Address[], refuse: (missing: ReadonlySet<string>) => void): void {
    const wanted = this.#notStaged(references);
    if (wanted.length === 0) return;
    this.#required.push({ wanted, refuse });
    const first = new Map(wanted.map((address) => [keyOf(address.type, address.id), address]));
    for (const key of first.keys()) {
      if (this.#found.has(key)) first.delete(key);
      else this.#found.add(key);
    }
    if (first.size > 0) addRequired(this.#rows, this.caller, first.values());
  }

  /**
   * After a flush found that something required does not exist: says what.
   * @param sql outside the transaction, which is undone
   */
  async refuseMissing(sql: Sql): Promise<void> {
    const missing = await missingOf(
      sql,
      this.caller,
      this.#required.flatMap(({ wanted }) => wanted),
    );
    for (const { wanted, refuse } of this.#required) {
      if (wanted.some(({ type, id }) => missing.has(keyOf(type, id)))) refuse(missing);
    }
  }

  /** Stages a resource that is new: its id was made by this server, so nothing of it can be there yet. */
  create<T extends Resource>(resource: Stored<T>, acting: Acting = {}): Promise<Stored<T>> {
    const { resourceType: type, id } = resource;
    this.#held.set(keyOf(type, id), heldFrom({ type, id }, undefined, this.#maker(acting), acting));
    return this.put(resource, acting);
  }

  /** Stages a resource: a new one, or the next version of one that is there. */
  async put<T extends Resource>(resource: Stored<T>, acting: Acting = {}): Promise<Stored<T>> {
    const held = await this.#hold(resource.resourceType, resource.id, acting);
    const untouched = held.after === held.before;
    held.byHub = (acting.byHub ?? false) && (untouched || held.byHub);
    held.after = { ...resource, meta: metaOf(resource, held.version, this.now) };
    withNumbersOf(resource, held.after);
    held.dirty = true;
    return held.after as unknown as Stored<T>;
  }

  /** Stages what the hub says of a resource beside its versions: see `annotate`. */
  async annotate(resource: Stored): Promise<void> {
    annotate(await this.#hold(resource.resourceType, resource.id, { byHub: true }), resource);
  }

  /** Stages the deletion of a resource. Who writes a reference to it from now on waits; who does already is waited for (`deletionKeepsReferences`). */
  async remove(type: string, id: string): Promise<void> {
    const held = await this.#hold(type, id, {});
    if (!held.before && !held.after) return;
    await this.#select(type, id, 'FOR UPDATE', {});
    held.after = undefined;
    held.dirty = true;
  }

  /** Takes the row of a resource until the transaction ends. @returns what stands there now; its version, of a deleted one too */
  async lock<T extends Resource = Resource>(
    type: string,
    id: string,
    acting: Acting = {},
  ): Promise<Stored<T> | undefined> {
    const held = await this.#hold(type, id, acting);
    return (await this.#shown(held, acting)) as Stored<T> | undefined;
  }

  /** Takes several of a type in one statement, to be locked each without another. */
  async take(type: string, ids: readonly string[], acting: Acting = {}): Promise<void> {
    for (const row of await currentRows(this.tx, this.caller, { type, ids }, 'FOR NO KEY UPDATE', acting)) {
      const key = keyOf(type, row.id);
      if (!this.#held.has(key)) this.#held.set(key, heldFrom({ type, id: row.id }, row, this.#maker(acting), acting));
    }
  }

  /** The id of the Organization that wrote a resource first, of one that this transaction has taken. */
  authorOf(type: string, id: string): string | undefined {
    const held = this.#held.get(keyOf(type, id));
    return held?.before || held?.after ? held.author : undefined;
  }

  /** Whether others than the organization that writes it now have made a resource, or may read it. */
  concernsOthers(type: string, id: string): boolean {
    const held = this.#held.get(keyOf(type, id));
    const own = this.caller.organizationId;
    return held !== undefined && (held.author !== own || held.readers.some((reader) => reader !== own));
  }

  /** Lets an organization read a resource: see `Grants.add`. */
  grant(address: Address, organization: string, until: Date | undefined, shown: Shown | undefined): void {
    this.#grants.add(address, organization, until, shown);
  }

  /** Takes note of who may read a resource from now on, when another statement of this transaction has written that. */
  noteReaders({ type, id }: Address, { readers, until, trimmed }: Omit<ReadersRow, 'type' | 'id'>): void {
    const held = this.#held.get(keyOf(type, id));
    if (!held) return;
    held.readers = readers;
    held.readersUntil = until;
    held.trimmed = trimmed;
  }

  /** Remembers that something outside this transaction's resources must be brought up to date at its end. */
  mark(kind: string, id: string): void {
    const ids = this.#marks.get(kind);
    if (ids) ids.add(id);
    else this.#marks.set(kind, new Set([id]));
  }

  /** The ids marked so far, each once; they count as dealt with. */
  takeMarks(kind: string): string[] {
    const ids = [...(this.#marks.get(kind) ?? [])];
    this.#marks.delete(kind);
    return ids;
  }

  /** Stages a row of another table, written in the same statement. */
  add<Row extends object>(writer: RowWriter<Row>, row: Row): void {
    this.#rows.add(writer, row);
  }

  /**
   * Leans on something remembered: the statement that writes confirms it, by a writer whose rows are refused when it is
   * no longer so. The transaction is then undone, and tried again.
   * @param forget called before that
   */
  leanOn<Row extends object>(confirmation: RowWriter<Row>, row: Row, forget: () => void): void {
    this.#rows.add(confirmation, row);
    this.#leansOn.set(confirmation.name, forget);
  }

  /** Writes what is staged, so that queries of this transaction find it. */
  flush(): Promise<void> {
    return this.#write((rows) => rows.flush((text, values) => this.tx.query(text, values)));
  }

  /** Writes what is staged, and commits with it. Nothing may come after it. */
  finish(): Promise<void> {
    return this.#write((rows) => this.tx.commitWith(rows));
  }

  async #write(write: (rows: RowBuffer) => Promise<void>): Promise<void> {
    this.#grants.write(this.#rows, (key) => this.#held.get(key));
    for (const held of this.#held.values()) {
      if (!held.dirty) continue;
      addResourceRows(
        this.#rows,
        { ...held, ...writtenVersion(held, this.now), content: held.after, shown: shownAfter(held, this.#shownOf) },
        actorOf(held, this.caller, this.hubOrg),
      );
      held.dirty = false;
      if (held.after !== held.before) held.storedVersion = held.version;
    }
    await write(this.#rows).catch((thrown: unknown) => {
      throw whyRefused(thrown, this.#leansOn);
    });
  }

  #notStaged(references: readonly Address[]): Address[] {
    return references.filter(({ type, id }) => {
      const held = this.#held.get(keyOf(type, id));
      return !(held?.after && held.seen);
    });
  }

  async #hold(type: string, id: string, acting: Acting): Promise<Held> {
    const key = keyOf(type, id);
    const known = this.#held.get(key);
    if (known && !isBlank(known, acting)) return known;
    const row = await this.#select(type, id, 'FOR NO KEY UPDATE', acting);
    const held = heldFrom({ type, id }, row, this.#maker(acting), acting);
    this.#held.set(key, held);
    return held;
  }

  #maker(acting: Acting): string {
    return acting.byHub ? this.hubOrg : this.caller.organizationId;
  }

  /** What the hub has taken for itself is not shown to who may not see it. */
  async #shown(held: Held, acting: Acting): Promise<Stored | undefined> {
    if (!acting.byHub && !held.seen) held.seen = (await this.#select(held.type, held.id, '', acting)) !== undefined;
    return acting.byHub || held.seen ? givenTo(this.caller, held.after, held, this.#shownOf, acting) : undefined;
  }

  async #look(at: Address, acting: Acting): Promise<Stored | undefined> {
    const held = heldFrom(at, await this.#select(at.type, at.id, '', acting), '', acting);
    return givenTo(this.caller, held.before, held, this.#shownOf, acting);
  }

  async #select(type: string, id: string, lock: '' | Taken, acting: Acting): Promise<CurrentRow | undefined> {
    return (await currentRows(this.tx, this.caller, { type, ids: [id] }, lock, acting))[0];
  }
}
