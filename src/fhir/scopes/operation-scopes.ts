import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import { requireWholeScope } from './allowed.ts';
import { ACTIONS } from './scope.ts';

/** What is called, on what. */
export interface Called {
  readonly type: string | undefined;
  readonly name: string;
}

/**
 * What a caller must be allowed to call an operation; what an operation reads on the way is held against the scopes
 * where it is read.
 */
const NEEDS: Readonly<Record<string, (caller: Caller, type: string) => void>> = {
  // What is sent is looked at; of what is stored, nothing is told, unless it is named.
  validate: () => undefined,
  expand: (caller) => requireWholeScope(caller, 'r', 'ValueSet'),
  'validate-code': (caller, type) => requireWholeScope(caller, 'r', type),
  lookup: (caller) => requireWholeScope(caller, 'r', 'CodeSystem'),
  translate: (caller) => requireWholeScope(caller, 'r', 'ConceptMap'),
  populate: readsItsType,
  assemble: readsItsType,
  extract: readsItsType,
  apply: readsItsType,
  everything: (caller) => requireWholeScope(caller, 'r', 'Patient'),
  match: (caller) => requireWholeScope(caller, 's', 'Patient'),
  // By the types that are exported; a program runs it, for the whole organization.
  export: requireWholeView,
  'export-status': () => undefined,
  'export-file': () => undefined,
  status: readsItsType,
  events: readsItsType,
  resend: readsItsType,
  'meta-add': updatesItsType,
  'meta-delete': updatesItsType,
};

function requireWholeView({ view }: Caller): void {
  if (!view) return;
  const text = 'You see a part of what your organization sees, and exports are of the whole. Read or search instead.';
  throw new AppError('forbidden', 'access.part-only', text);
}

function updatesItsType(caller: Caller, type: string): void {
  requireWholeScope(caller, 'u', type);
}

function readsItsType(caller: Caller, type: string): void {
  requireWholeScope(caller, 'r', type);
}

export function requireForOperation(caller: Caller, { name }: { readonly name: string }, { type }: Called): void {
  if (!caller.scopes) return;
  const needs = Object.hasOwn(NEEDS, name) ? NEEDS[name] : undefined;
  if (needs) needs(caller, type ?? '*');
  else for (const action of ACTIONS) requireWholeScope(caller, action, '*');
}
