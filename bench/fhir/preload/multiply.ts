import { Client, escapeLiteral } from 'pg';
import { copyCells, type Marker, type Pattern } from '../../preload/copy-cells.ts';
import { DAY, type Template } from './template.ts';

/** Fills the store with cells like the template, with numbers, names, days and owners of their own. */
export async function multiply(databaseUrl: string, template: Template, from: number, to: number): Promise<void> {
  await copyCells(databaseUrl, await patternOf(databaseUrl, template), from, to);
}

const DAY_MS = 86_400_000;

async function patternOf(databaseUrl: string, template: Template): Promise<Pattern> {
  const { ids, made, number, family, day, taskOwners, owners } = template;
  const list = owners.map((owner) => escapeLiteral(owner.split('/')[1] ?? '')).join(', ');
  const given = taskOwners.map((_, at) => [`owner${at}`, `(ARRAY[${list}])[(n + ${at * 7}) % ${owners.length} + 1]`]);
  return {
    ids: { ...ids, ...Object.fromEntries(made.map((id, at) => [`made${at}`, id])) },
    columns: {
      number: `'cell-' || n`,
      family: `'Family' || n % 1000`,
      folded: `'family' || n % 1000`,
      day: `(date '2020-01-01' + n % 2000)::text`,
      written: `timestamptz '2020-01-01' + n % 2000 * interval '1 day' + n / 2000 * interval '1.003 s'`,
      ...Object.fromEntries(given),
    },
    markers: [
      ...taskOwners.map((owner, index): Marker => [owner.split('/')[1] ?? '', `owner${index}`]),
      [number, 'number'],
      [family, 'family'],
      [family.toLowerCase(), 'folded'],
      [day, 'day'],
      ...(await writtenMarkers(databaseUrl, ids.patient)),
    ],
    // An index may hold a day as milliseconds since 1970.
    moved: (value, type) =>
      type === 'double precision' && Math.abs(Number(value) - Date.parse(DAY)) < 2 * DAY_MS
        ? ` + (day::date - date '${DAY}') * ${DAY_MS}::float8`
        : '',
  };
}

/** The moment at which the template was written, in the two forms in which it stands. */
async function writtenMarkers(databaseUrl: string, patient: string): Promise<Marker[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`SET TimeZone = 'UTC'`);
    const { rows } = await client.query<{ at: Date; text: string }>(
      'SELECT last_updated AS at, last_updated::text AS text FROM resource WHERE id = $1',
      [patient],
    );
    const { at, text } = rows[0] ?? { at: new Date(0), text: '' };
    return [
      [at.toISOString(), `to_char(written, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`],
      [text, 'written::text'],
    ];
  } finally {
    await client.end();
  }
}
