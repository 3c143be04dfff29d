import { COLUMNS } from './columns.ts';
import type { Accounting } from './disclosures.ts';

/** An accounting as CSV, with a line of titles. Pure. @see https://www.rfc-editor.org/rfc/rfc4180 */
export function toCsv({ disclosures }: Accounting): string {
  const rows = [COLUMNS.map(({ title }) => title), ...disclosures.map((each) => COLUMNS.map(({ of }) => of(each)))];
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/**
 * A cell that no spreadsheet takes for a formula: what would begin one is made text by an apostrophe.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
