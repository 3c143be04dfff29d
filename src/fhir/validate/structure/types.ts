import type { TypeModel } from '../definitions/model.ts';
import type { Walk } from '../walk.ts';

/** Checks a value at the place where the walk is. */
export type Check = (value: unknown, walk: Walk) => void;

/** The check of a type; without a model, of any resource that `contained` or another element may hold. */
export type CheckOf = (model: TypeModel | undefined, isContained: boolean) => Check;
