/**
 * Whether an entry `a` names one of these, as SQL that the index of names answers; which of its columns does is to be asked beside
 * it. The list is that of the index `audit_names`.
 * @param names placeholders
 */
export function namesOneOf(...names: readonly string[]): string {
  return `array_remove(ARRAY[a.resource_id, a.patient, a.basis, a.person_id, a.break_glass], NULL) && ARRAY[${names.join(', ')}]::text[]`;
}
