import type { KnownCodeSystem } from '../../terminology/code-system.ts';
import type { Parameter } from '../parameters/parameter.ts';

/** The codes of a value set by their systems; undefined when this server does not know the value set. */
export type CodesIn = (valueSet: string) => ReadonlyMap<string, ReadonlySet<string>> | undefined;

export type CodeSystemOf = (system: string) => KnownCodeSystem | undefined;

/** In what the words of a search are understood. */
export interface SearchContext {
  /** The address of this server's FHIR API, without a slash at the end. */
  readonly base: string;
  readonly now: Date;
  readonly codesIn?: CodesIn | undefined;
  /** A code system by its address; undefined when this server does not know it. */
  readonly codeSystem?: CodeSystemOf | undefined;
}

/** A parameter as one of the types searched has it. */
export interface TypedParameter {
  readonly type: string;
  readonly parameter: Parameter;
}

/** One use of a parameter in a search. */
export interface Use {
  readonly context: SearchContext;
  /** As it was written, e.g. `code:not`. */
  readonly name: string;
  readonly modifier: string | undefined;
  /** The parameter for each type that is searched. */
  readonly parameters: readonly TypedParameter[];
  /** The alternatives, still escaped; there is at least one. */
  readonly values: readonly string[];
}

/** The names a parameter's values stand under in the index, with the types. */
export function indexNames({ parameters }: Use): { type: string; key: string }[] {
  return parameters.flatMap(({ type, parameter }) => parameter.keys.map((key) => ({ type, key })));
}
