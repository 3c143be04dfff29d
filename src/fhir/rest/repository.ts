import {
  applyPatch,
  fhirpathPatchTypedValue,
  normalizeOperationOutcome,
  type Operation,
  OperationOutcomeError,
  parseFhirPathPatchParameters,
  type SearchRequest,
  toTypedValue,
  type WithId,
} from '@medplum/core';
import { type CreateResourceOptions, FhirRepository, type UpdateResourceOptions } from '@medplum/fhir-router';
import type { Bundle, OperationOutcome, Parameters, Reference, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { type Caller, visibleTo } from '../caller.ts';
import { parseLocal } from '../references.ts';
import { search } from '../search/search.ts';
import { checkWrite, lockForWrite, type Store, transact } from '../store/transact.ts';
import type { Stored, UnitOfWork } from '../store/unit-of-work.ts';
import { validate } from '../validate.ts';
import { holdCondition } from './conditions.ts';

/** The store as the FHIR engine sees it: one per request, acting for one caller, inside a transaction or beside one. */
export class Repository extends FhirRepository {
  readonly store: Store;
  readonly caller: Caller;
  readonly #unit: UnitOfWork | undefined;

  constructor(store: Store, caller: Caller, unit?: UnitOfWork) {
    super();
    this.store = store;
    this.caller = caller;
    this.#unit = unit;
  }

  override setMode(): void {
    // One database: reading and writing go the same way.
  }

  override generateId(): string {
    return this.store.newId();
  }

  override async withTransaction<T>(callback: (repository: this) => Promise<T>): Promise<T> {
    if (this.#unit) return callback(this);
    return transact(this.store, this.caller, (unit) => callback(new Repository(this.store, this.caller, unit) as this));
  }

  override createResource<T extends Resource>(resource: T, options?: CreateResourceOptions): Promise<WithId<T>> {
    return this.#write(async (unit) => {
      const id = options?.assignedId && resource.id ? resource.id : this.generateId();
      return this.#put(unit, undefined, { ...resource, id });
    });
  }

  override updateResource<T extends Resource>(resource: T, options?: UpdateResourceOptions): Promise<WithId<T>> {
    return this.#write(async (unit) => {
      const id = resource.id ?? '';
      const before = await this.#lockExisting(unit, resource.resourceType, id, options?.ifMatch);
      return this.#put(unit, before, { ...resource, id });
    });
  }

  override patchResource<T extends Resource>(
    resourceType: T['resourceType'],
    id: string,
    patch: Operation[] | Parameters,
    options?: UpdateResourceOptions,
  ): Promise<WithId<T>> {
    return this.#write(async (unit) => {
      const before = await this.#lockExisting(unit, resourceType, id, options?.ifMatch);
      return this.#put(unit, before, patched(before, patch) as T & { id: string });
    });
  }

  override async deleteResource(resourceType: string, id: string, options?: { ifMatch?: string }): Promise<void> {
    await this.#write(async (unit) => {
      const before = await lockForWrite(this.store, unit, resourceType, id);
      if (before) refuseStale(before, options?.ifMatch);
      else if (options?.ifMatch !== undefined) throw notFound(resourceType, id);
      // Deleting what is not there any more is done already.
      await unit.remove(resourceType, id);
    });
  }

  override async conditionalCreate<T extends Resource>(
    resource: T,
    search: SearchRequest<T>,
    options?: CreateResourceOptions,
  ): Promise<Conditional<T>> {
    if (!this.#unit) return this.withTransaction((inside) => inside.conditionalCreate(resource, search, options));
    await holdCondition(this.#unit, search);
    return super.conditionalCreate(resource, search, options);
  }

  override async conditionalUpdate<T extends Resource>(
    resource: T,
    search: SearchRequest,
    options?: CreateResourceOptions & UpdateResourceOptions,
  ): Promise<Conditional<T>> {
    if (!this.#unit) return this.withTransaction((inside) => inside.conditionalUpdate(resource, search, options));
    await holdCondition(this.#unit, search);
    return super.conditionalUpdate(resource, search, options);
  }

  override async conditionalDelete(search: SearchRequest): Promise<void> {
    if (!this.#unit) return this.withTransaction((inside) => inside.conditionalDelete(search));
    await holdCondition(this.#unit, search);
    return super.conditionalDelete(search);
  }

  override async conditionalPatch(
    search: SearchRequest,
    patch: Operation[],
    options?: UpdateResourceOptions,
  ): Promise<WithId<Resource>> {
    if (!this.#unit) return this.withTransaction((inside) => inside.conditionalPatch(search, patch, options));
    await holdCondition(this.#unit, search);
    return super.conditionalPatch(search, patch, options);
  }

  override async readResource<T extends Resource>(resourceType: string, id: string): Promise<WithId<T>> {
    if (this.#unit) {
      const found = await this.#unit.find<T>(resourceType, id);
      if (found) return found as unknown as WithId<T>;
      throw notFound(resourceType, id);
    }
    const [row] = await this.store.db.query<{ content: WithId<T> | null; deleted: boolean }>(
      `SELECT content, deleted FROM resource WHERE type = $1 AND id = $2 AND ${visibleTo(this.caller)}`,
      [resourceType, id],
    );
    if (!row) throw notFound(resourceType, id);
    if (row.deleted || !row.content) throw deleted(resourceType, id);
    return row.content;
  }

  override readReference<T extends Resource>(reference: Reference<T>): Promise<WithId<T>> {
    const local = parseLocal(reference.reference);
    if (!local)
      throw new AppError('invalid', 'reference.not-local', 'This reference does not point to a resource of this hub.');
    return this.readResource<T>(local.type, local.id);
  }

  override readReferences<T extends Resource>(references: readonly Reference<T>[]): Promise<(T | Error)[]> {
    const one = async (reference: Reference<T>): Promise<T> => this.readReference<T>(reference);
    return Promise.all(references.map((reference) => one(reference).catch((thrown: unknown) => asError(thrown))));
  }

  override async readHistory<T extends Resource>(resourceType: string, id: string): Promise<Bundle<WithId<T>>> {
    const rows = await this.#versions(resourceType, id);
    if (rows.length === 0) throw notFound(resourceType, id);
    const entry = rows.map((row) => ({
      request: { method: methodOf(row), url: `${resourceType}/${id}` },
      response: { status: row.deleted ? '204' : row.version === 1 ? '201' : '200', etag: `W/"${row.version}"` },
      ...(row.content ? { resource: row.content as WithId<T> } : {}),
    }));
    return { resourceType: 'Bundle', type: 'history', total: rows.length, entry } as Bundle<WithId<T>>;
  }

  override async readVersion<T extends Resource>(resourceType: string, id: string, vid: string): Promise<WithId<T>> {
    const row = (await this.#versions(resourceType, id)).find(({ version }) => String(version) === vid);
    if (!row) throw notFound(resourceType, `${id}/_history/${vid}`);
    if (!row.content) throw deleted(resourceType, id);
    return row.content as WithId<T>;
  }

  override async search<T extends Resource>(request: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    // A search inside a transaction must find what the transaction has written.
    await this.#unit?.flush();
    return search(this, this.caller, this.#unit?.tx ?? this.store.db, request) as Promise<Bundle<WithId<T>>>;
  }

  override searchByReference(): Promise<never> {
    throw new AppError(
      'unprocessable',
      'graphql.not-supported',
      'GraphQL is not offered here; use search with _include.',
    );
  }

  async #write<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.#unit ? work(this.#unit) : transact(this.store, this.caller, work);
  }

  async #put<T extends Resource>(
    unit: UnitOfWork,
    before: Stored | undefined,
    resource: T & { id: string },
  ): Promise<WithId<T>> {
    validate(resource);
    const checked = await checkWrite(this.store, unit, before, resource as Stored<T>);
    return (await (before ? unit.put(checked) : unit.create(checked))) as unknown as WithId<T>;
  }

  async #lockExisting(unit: UnitOfWork, type: string, id: string, ifMatch: string | undefined): Promise<Stored> {
    const before = await lockForWrite(this.store, unit, type, id);
    if (!before) throw notFound(type, id);
    refuseStale(before, ifMatch);
    return before;
  }

  #versions(type: string, id: string): Promise<VersionRow[]> {
    return (this.#unit?.tx ?? this.store.db).query<VersionRow>(
      `SELECT h.version, h.deleted, h.content FROM resource_history h JOIN resource USING (type, id)
       WHERE type = $1 AND id = $2 AND ${visibleTo(this.caller)} ORDER BY h.version DESC`,
      [type, id],
    );
  }
}

type Conditional<T extends Resource> = { resource: WithId<T>; outcome: OperationOutcome };

interface VersionRow {
  readonly version: number;
  readonly deleted: boolean;
  readonly content: Resource | null;
}

function methodOf(row: VersionRow): 'DELETE' | 'POST' | 'PUT' {
  if (row.deleted) return 'DELETE';
  return row.version === 1 ? 'POST' : 'PUT';
}

function patched(before: Stored, patch: Operation[] | Parameters): Resource {
  const copy = structuredClone(before);
  try {
    if (Array.isArray(patch)) {
      const failure = applyPatch(copy, patch).find((each) => each !== null);
      if (failure) throw failure;
    } else {
      fhirpathPatchTypedValue(toTypedValue(copy), parseFhirPathPatchParameters(patch));
    }
  } catch (thrown) {
    throw new AppError(
      'unprocessable',
      'patch.not-applicable',
      'The patch does not fit the resource as it stands. Read it again and make the patch for its current version.',
      { cause: thrown, subject: { type: before.resourceType, id: before.id } },
    );
  }
  if (copy.resourceType !== before.resourceType || copy.id !== before.id) {
    throw new AppError('unprocessable', 'patch.identity', 'A patch may not change the type or the id of a resource.');
  }
  return copy;
}

function notFound(type: string, id: string): AppError {
  return new AppError('notFound', 'resource.not-found', `There is no ${type}/${id} here.`);
}

function deleted(type: string, id: string): AppError {
  return new AppError('gone', 'resource.deleted', `${type}/${id} was deleted.`);
}

function refuseStale(current: Stored, ifMatch: string | undefined): void {
  if (ifMatch === undefined || current.meta?.versionId === ifMatch) return;
  const text = `You changed version ${ifMatch} of ${current.resourceType}/${current.id}, which is now at version ${current.meta?.versionId}. Read it again and repeat your change.`;
  throw new AppError('stale', 'resource.stale', text, { subject: { type: current.resourceType, id: current.id } });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new OperationOutcomeError(normalizeOperationOutcome(thrown));
}
