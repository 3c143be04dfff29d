/** A copy with its references leading elsewhere; those that lead nowhere, and the narrative, are left out. */
export function relink(value: unknown, place: (reference: string) => string | undefined): unknown {
  if (Array.isArray(value)) {
    const kept = value.map((each) => relink(each, place)).filter((each) => each !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof value !== 'object' || value === null) return value;
  if ('reference' in value && typeof value.reference === 'string') {
    const reference = place(value.reference);
    return reference ? { reference } : undefined;
  }
  const entries = Object.entries(value).filter(([name]) => name !== 'text' || !('resourceType' in value));
  const relinked = entries
    .map(([name, inner]) => [name, relink(inner, place)] as const)
    .filter(([, inner]) => inner !== undefined);
  return relinked.length > 0 ? Object.fromEntries(relinked) : undefined;
}
