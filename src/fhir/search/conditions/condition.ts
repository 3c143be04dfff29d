import type { Needs } from '../../sharing/trimming/seen.ts';

/** What the ends of a stored range must lie between, inclusive; an end that does not matter is left out. */
export interface Box {
  readonly low?: Bounds;
  readonly high?: Bounds;
}

export interface Bounds {
  readonly from?: number;
  readonly to?: number;
}

/** One value of a range search: any of its boxes, and where it names a unit, one of the forms of that. */
export interface RangeTest {
  readonly boxes: readonly Box[];
  readonly units?: readonly string[] | undefined;
}

/** One part of a composite value: an exact one has forms, others a test. */
export interface GroupPart {
  readonly part: number;
  readonly keys?: readonly string[] | undefined;
  readonly test?: RangeTest | undefined;
}

/** How the keys begin under which resources of a type stand by their canonical address, and by their version. */
export interface CanonicalNames {
  readonly urls: readonly string[];
  readonly versions: readonly string[];
}

/** A place in degrees, and how far is near it. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly km: number;
}

/** What a search asks of a resource, in the terms of the search index. */
export type Condition =
  | {
      readonly kind: 'keys';
      readonly keys: readonly string[];
      /** Every row of the search meets it: it is there to be looked up by, not to be checked. */
      readonly holdsAnyway?: true;
    }
  /** The whole of a full text query over the texts of the index. */
  | { readonly kind: 'texts'; readonly query: string }
  | { readonly kind: 'contains'; readonly prefixes: readonly string[]; readonly needles: readonly string[] }
  | { readonly kind: 'ranges'; readonly params: readonly string[]; readonly tests: readonly RangeTest[] }
  | {
      readonly kind: 'group';
      readonly param: string;
      /** What stands among the tokens of a resource that may meet it. */
      readonly keys: readonly string[];
      readonly alternatives: readonly (readonly GroupPart[])[];
    }
  /** A key that begins so, and (where that is said) holds `within` further on. */
  | { readonly kind: 'anyKey'; readonly prefixes: readonly string[]; readonly within?: string }
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** One resource, among others of any type. */
  | { readonly kind: 'itself'; readonly type: string; readonly id: string }
  /** Lies within a distance of one of some places; undefined: has a position. */
  | { readonly kind: 'near'; readonly places: readonly Place[] | undefined }
  /** What a search looks at is shown to who searches: see `seenSql`. */
  | { readonly kind: 'shown'; readonly needs: Needs }
  | { readonly kind: 'updated'; readonly boxes: readonly Box[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  /** A condition that is checked on what others have found, rather than looked up. */
  | { readonly kind: 'check'; readonly condition: Condition }
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Condition[] }
  /**
   * A resource of type `target` that this one refers to meets a condition. `prefixes`: how the keys of such references
   * begin. `canonical`: where they are canonical addresses, how resources of that type are found by those.
   */
  | {
      readonly kind: 'chain';
      readonly prefixes: readonly string[];
      readonly target: string;
      readonly where: Condition;
      readonly canonical?: CanonicalNames;
    }
  /** A resource of type `source` that refers to this one, of type `target`, meets a condition. */
  | {
      readonly kind: 'has';
      readonly prefixes: readonly string[];
      readonly target: string;
      readonly source: string;
      readonly where: Condition;
      readonly canonical?: CanonicalNames;
    };

/** A condition that some keys of the search index meet. */
export type KeysCondition = Extract<Condition, { kind: 'keys' }>;

/** What everything meets. */
export const EVERYTHING: Condition = { kind: 'all', conditions: [] };

/** What nothing meets. */
export const NOTHING: Condition = { kind: 'any', conditions: [] };

/** All of some conditions. Pure. */
export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'all', conditions };
}

/** Any of some conditions. Pure. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'any', conditions };
}
