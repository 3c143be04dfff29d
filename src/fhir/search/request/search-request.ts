import type { Condition } from '../conditions/condition.ts';
import type { Parameter } from '../parameters/parameter.ts';
import type { Cursor } from './cursor.ts';

/** By what results are ordered. */
export type SortKey =
  | { readonly kind: 'updated'; readonly descending: boolean }
  | { readonly kind: 'id'; readonly descending: boolean }
  | { readonly kind: 'parameter'; readonly parameter: Parameter; readonly descending: boolean };

/** Resources to be brought along. @see https://hl7.org/fhir/R4/search.html#include */
export interface Inclusion {
  /** The type that refers; undefined: any. */
  readonly source: string | undefined;
  /** The reference parameters to follow; undefined: all of them. */
  readonly code: string | undefined;
  /** The one type referred to that is wanted. */
  readonly target: string | undefined;
  readonly iterate: boolean;
}

/** The limits of a search to what belongs to one resource. */
export interface Within {
  /** The address of the search, below the base. */
  readonly path: string;
  /** The types that may be searched. */
  readonly types: readonly string[];
  /** What resources of some of these types must meet to belong there. */
  readonly condition: (types: readonly string[]) => Condition;
}

/** A search as it was understood. */
export interface SearchRequest {
  /** The types searched; one, unless the whole system is. */
  readonly types: readonly string[];
  readonly where: readonly Condition[];
  readonly sort: readonly SortKey[];
  readonly count: number;
  readonly wantsTotal: boolean;
  /** Only how many there are. */
  readonly countOnly: boolean;
  readonly includes: readonly Inclusion[];
  readonly revIncludes: readonly Inclusion[];
  readonly cursor: Cursor | undefined;
  /** Names of parameters this server does not know. */
  readonly unknown: readonly string[];
  /** What was understood, as it was sent. */
  readonly understood: readonly (readonly [name: string, value: string])[];
}
