/** The databases of one test run share this start of their name. @param run letters and digits */
export function databasePrefix(run: string): string {
  return `careloop_test_${run}_`;
}
