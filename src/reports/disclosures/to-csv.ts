import { csvText } from '../csv.ts';
import { COLUMNS } from './columns.ts';
import type { Accounting } from './disclosures.ts';

/** An accounting as CSV, with a line of titles. Pure. @see https://www.rfc-editor.org/rfc/rfc4180 */
export function toCsv({ disclosures }: Accounting): string {
  const rows = [COLUMNS.map(({ title }) => title), ...disclosures.map((each) => COLUMNS.map(({ of }) => of(each)))];
  return csvText(rows);
}
