import { readdirSync, readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { type Database, NO_TIME_LIMIT, type Sql } from './database.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
const LOCK_KEY = 727_001;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: string;
}

/**
 * Brings the schema up to this code: numbered, forward-only, each in one transaction, under a lock that other starting
 * processes wait for.
 * @throws AppError when the database was written by a newer version of this program
 */
export async function migrate(db: Database): Promise<void> {
  const migrations = readMigrations();
  const applied = await appliedVersions(db);
  // What is up to date is only read: then the role of this program need not own the schema.
  for (const migration of migrations.filter(({ version }) => !applied.has(version))) {
    await db.transaction((tx) => apply(tx, migration));
  }
  await refuseNewer(db, migrations.at(-1)?.version ?? 0);
}

async function appliedVersions(db: Database): Promise<ReadonlySet<number>> {
  const [known] = await db.query<{ known: boolean }>(`SELECT to_regclass('migration') IS NOT NULL AS known`);
  if (!known?.known) {
    await db
      .query(
        'CREATE TABLE IF NOT EXISTS migration (version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
      )
      .catch(ignoreRace);
  }
  const rows = await db.query<{ version: number }>('SELECT version FROM migration');
  return new Set(rows.map(({ version }) => version));
}

function ignoreRace(thrown: unknown): never[] {
  // Two first starts at once: CREATE TABLE IF NOT EXISTS is not atomic against itself.
  if ((thrown as { code?: unknown }).code === '23505') return [];
  throw thrown;
}

async function apply(tx: Sql, migration: Migration): Promise<void> {
  await tx.query(NO_TIME_LIMIT);
  await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
  // The row that records it goes in first: whoever comes second finds it and does nothing.
  const recorded = await tx.query(
    'INSERT INTO migration (version, name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING version',
    [migration.version, migration.name],
  );
  if (recorded.length === 0) return;
  for (const statement of splitStatements(migration.statements)) await tx.query(statement);
}

async function refuseNewer(db: Database, known: number): Promise<void> {
  const [row] = await db.query<{ version: number }>('SELECT max(version) AS version FROM migration');
  if (row && row.version > known) {
    throw new AppError(
      'fault',
      'store.newer-schema',
      `The database has schema ${row.version}, this program knows ${known}. Start the newer version of Careloop, or restore an older backup.`,
    );
  }
}

function readMigrations(): Migration[] {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file) => ({
    version: Number.parseInt(file, 10),
    name: file,
    statements: readFileSync(new URL(file, FOLDER), 'utf8'),
  }));
}

/** Statements end with a semicolon at the end of a line; a function body is quoted with $$. */
function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  let inBody = false;
  for (const line of text.split('\n')) {
    if (line.trimStart().startsWith('--') && !inBody) continue;
    if ((line.match(/\$\$/g) ?? []).length % 2 === 1) inBody = !inBody;
    current += `${line}\n`;
    if (!inBody && line.trimEnd().endsWith(';')) {
      statements.push(current);
      current = '';
    }
  }
  return current.trim() ? [...statements, current] : statements;
}
