import { AppError } from '../../../errors.ts';

/** A parameter that is known but cannot be used as it was: which, why, and what to do. */
export function refused(name: string, why: string): AppError {
  const text = `The search parameter ${shown(name)} cannot be used so. ${why}`;
  return new AppError('invalid', 'search.parameter-not-usable', text);
}

/** A parameter's name may be shown; anything else could be somebody's data. */
export function shown(name: string): string {
  return /^[\w:.-]{1,120}$/.test(name) ? `"${name}"` : 'in this address';
}

export function noModifier(name: string, modifier: string, type: string, served: readonly string[]): AppError {
  const known = /^[\w-]{1,40}$/.test(modifier) ? `The modifier :${modifier}` : 'This modifier';
  const list = served.map((each) => `:${each}`).join(', ');
  return refused(name, `${known} is not supported for ${type} parameters${list ? `; these are: ${list}` : ''}.`);
}
