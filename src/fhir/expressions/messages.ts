import type { Mark } from './marks.ts';

/** A value on its way to the thread of expressions: written down, and what it was a part of. */
export interface Carried {
  readonly bytes: Uint8Array;
  readonly marks: readonly (Mark | undefined)[];
}

export type CarriedBinding =
  | { readonly name: string; readonly value: Carried }
  | { readonly name: string; readonly formula: { readonly expression: string; readonly place: string } };

/** What the thread of expressions is asked. */
export interface Asked {
  readonly expression: string;
  readonly place: string;
  /** Undefined when it is what `%resource` is. */
  readonly focus: Carried | undefined;
  readonly base: string | undefined;
  readonly bindings: readonly CarriedBinding[];
  /** An instant. */
  readonly now: string;
  readonly leftMs: number;
  readonly longestMs: number;
}

/** Why an expression could not be evaluated, and where it stands. */
export interface Unusable {
  readonly text: string;
  readonly place: string;
}

/** What it answers; once, when it can be asked, that it is `ready`. */
export type Answered =
  | { readonly ready: true }
  | {
      readonly tookMs: number;
      /** Formulas that failed: they stood for nothing. */
      readonly failed: readonly Unusable[];
      readonly values: Carried | undefined;
      /** Why there are no values. */
      readonly unusable: Unusable | undefined;
    };
