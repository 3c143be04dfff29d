import type { Stored } from '../../store/unit-of-work.ts';

/** Changes a resource, which is a copy, in place. @throws AppError (422) that says which operation does not fit */
export type Patch = (resource: Stored) => void;
