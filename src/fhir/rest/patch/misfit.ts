/** Why an operation of a patch does not fit a resource: sentences that say what to do. */
export class Misfit extends Error {}

/** A word may be shown; anything else could be somebody's data. */
export function shown(name: string): string {
  return /^\w{1,40}$/.test(name) ? `"${name}"` : 'of that name';
}
