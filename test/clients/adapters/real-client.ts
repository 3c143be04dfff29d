import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';

/** A resource that a server keeps. */
export type Kept<T extends Resource = Resource> = T & { readonly id: string };

export interface PatchStep {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

/** What a client tells the program that uses it when the server refuses. */
export interface Refusal {
  /** Where the client tells it. */
  readonly status: number | undefined;
  readonly outcome: OperationOutcome;
}

/**
 * What the stories of this folder do with a client, in the client's own calls: nothing is added to what it sends, and
 * nothing is made up that it does not offer.
 */
export interface RealClient {
  create<T extends Resource>(resource: T): Promise<Kept<T>>;
  /** @param query of `If-None-Exist`, e.g. `identifier=a|1` */
  createIfNoneExist<T extends Resource>(resource: T, query: string): Promise<Kept<T>>;
  read<T extends Resource>(type: T['resourceType'], id: string): Promise<Kept<T>>;
  /** @param ifMatch the ETag of the version that is to be replaced */
  update<T extends Resource>(resource: Kept<T>, ifMatch?: string): Promise<Kept<T>>;
  patch<T extends Resource>(type: T['resourceType'], id: string, steps: readonly PatchStep[]): Promise<Kept<T>>;
  search(type: Resource['resourceType'], query: string): Promise<Bundle>;
  /** Every page of a search, by the client's own means. */
  pages(type: Resource['resourceType'], query: string): AsyncIterable<readonly Resource[]>;
  /** A batch or a transaction. */
  send(bundle: Bundle): Promise<Bundle>;
  history(type: Resource['resourceType'], id: string): Promise<Bundle>;
  remove(type: Resource['resourceType'], id: string): Promise<void>;
  /** Reads what the client threw; throws it again if it is no answer of the server. */
  refusal(thrown: unknown): Refusal;
}

export interface ClientKind {
  readonly name: string;
  /** Why it cannot be used here; undefined when it can. */
  readonly missing?: string | undefined;
  /** @param base of the FHIR API, without `/` at its end @param token that it presents */
  open(base: string, token: string): Promise<RealClient>;
}

/** The resources of a page. */
export function resourcesOf(bundle: Bundle): Resource[] {
  return (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
}
