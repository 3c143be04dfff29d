/** Whether a condition holds. What cannot be told is neither: it never permits, and always denies. */
export type Match = 'yes' | 'no' | 'unknown';

/** Of several conditions each must hold. Pure. */
export function every(matches: readonly Match[]): Match {
  if (matches.includes('no')) return 'no';
  return matches.includes('unknown') ? 'unknown' : 'yes';
}

/** Of several alternatives one must hold. Pure. */
export function some(matches: readonly Match[]): Match {
  if (matches.includes('yes')) return 'yes';
  return matches.includes('unknown') ? 'unknown' : 'no';
}

export function whether(holds: boolean): Match {
  return holds ? 'yes' : 'no';
}
