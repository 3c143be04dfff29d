import type { ValueSet } from '@medplum/fhirtypes';
import type { Sql } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { createTerminology } from '../fhir/terminology/expansion.ts';

/**
 * The codes of ValueSets that are stored here, as `system|code`, by their addresses.
 * @throws AppError (422) naming those that are not, or cannot be listed
 */
export async function storedCodes(sql: Sql, urls: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (urls.length === 0) return new Map();
  const stored = await sql.query<{ content: ValueSet }>(
    `SELECT content FROM resource WHERE type = 'ValueSet' AND NOT deleted AND content ->> 'url' = ANY($1::text[])
     ORDER BY last_updated`,
    [urls],
  );
  const { expandedCodes } = createTerminology(() => stored.map(({ content }) => content));
  const missing = urls.filter((url) => expandedCodes(url) === undefined);
  if (missing.length > 0) throw lacking(missing);
  return new Map(urls.map((url) => [url, written(expandedCodes(url))]));
}

function written(expanded: ReadonlyMap<string, Iterable<string>> | undefined): string[] {
  return [...(expanded ?? [])].flatMap(([system, codes]) => [...codes].map((code) => `${system}|${code}`));
}

function lacking(urls: readonly string[]): AppError {
  return new AppError(
    'unprocessable',
    'measures.value-sets',
    'This measure is of codes that are not here. Store the ValueSets it names (those of US measures are at https://vsac.nlm.nih.gov), with their codes.',
    {
      issues: urls.map((url) => ({
        text: `The ValueSet ${url} is not stored here, or not with its codes.`,
        expression: 'measure',
      })),
    },
  );
}
