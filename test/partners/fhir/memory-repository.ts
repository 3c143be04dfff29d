import {
  allOk,
  created,
  multipleMatches,
  OperationOutcomeError,
  Operator,
  type SearchRequest,
  type WithId,
} from '@medplum/core';
import { type CreateResourceOptions, MemoryRepository } from '@medplum/fhir-router';
import type { Bundle, Identifier, OperationOutcome, Resource } from '@medplum/fhirtypes';

/**
 * A FHIR repository in memory that finds by business identifier without looking at everything it holds: the stock one
 * takes 10 ms for that among a thousand Tasks.
 */
export class PartnerRepository extends MemoryRepository {
  readonly #idsByIdentifier = new Map<string, Set<string>>();

  override async createResource<T extends Resource>(
    resource: T,
    options?: CreateResourceOptions,
    update?: boolean,
  ): Promise<WithId<T>> {
    const written = await super.createResource(resource, options, update);
    for (const token of tokensOf(written)) this.#remember(`${written.resourceType} ${token}`, written.id);
    return written;
  }

  override async conditionalCreate<T extends Resource>(
    resource: T,
    search: SearchRequest<T>,
    options?: CreateResourceOptions,
  ): Promise<{ resource: WithId<T>; outcome: OperationOutcome }> {
    const [found, ...more] = await this.searchResources(search);
    if (more.length > 0) throw new OperationOutcomeError(multipleMatches);
    if (found) return { resource: found, outcome: allOk };
    return { resource: await this.createResource(resource, options), outcome: created };
  }

  /** What it holds under a business identifier. */
  async heldUnder<T extends Resource>(resourceType: T['resourceType'], identifier: string): Promise<WithId<T>[]> {
    const filters = [{ code: 'identifier', operator: Operator.EQUALS, value: identifier }];
    return this.searchResources<T>({ resourceType, filters });
  }

  override async search<T extends Resource>(request: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    const token = soleIdentifier(request);
    if (!token) return super.search(request);
    const ids = [...(this.#idsByIdentifier.get(`${request.resourceType} ${token}`) ?? [])];
    const found = await Promise.all(ids.map((id) => this.readResource<WithId<T>>(request.resourceType, id)));
    const entry = found.map((resource) => ({ search: { mode: 'match' as const }, resource }));
    return { resourceType: 'Bundle', type: 'searchset', total: found.length, entry };
  }

  #remember(key: string, id: string): void {
    const ids = this.#idsByIdentifier.get(key) ?? new Set();
    this.#idsByIdentifier.set(key, ids.add(id));
  }
}

function tokensOf(resource: Resource): string[] {
  const identifiers = 'identifier' in resource ? resource.identifier : undefined;
  return [identifiers ?? []].flat().map(({ system, value }: Identifier) => `${system ?? ''}|${value ?? ''}`);
}

/** The `system|value` a search asks for, when it asks for nothing else. */
function soleIdentifier({ filters, include, revInclude }: SearchRequest): string | undefined {
  const [filter, ...more] = filters ?? [];
  const exact = filter?.code === 'identifier' && filter.operator === Operator.EQUALS && more.length === 0;
  return exact && filter.value.includes('|') && !filter.value.includes(',') && !include && !revInclude
    ? filter.value
    : undefined;
}
