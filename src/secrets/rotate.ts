import type { Database, Sql } from '../db/database.ts';
import type { SecretKeys } from './keys.ts';
import { type Belonging, keyIdOf, openText, sealText } from './seal.ts';

/** How many secrets are sealed anew in one transaction. */
const BATCH = 100;

interface SecretRow extends Belonging {
  readonly sealed: string;
}

/** What became of the secrets; `notOpened` are what and whose they are. */
export interface Rotated {
  readonly resealed: number;
  readonly notOpened: readonly Belonging[];
}

/**
 * Seals every secret by the first key that another key has sealed. It may be ended and started again at any time, while
 * the hub runs. What cannot be opened stays as it is.
 * @throws AppError (422) when there is no key
 */
export async function rotateSecrets(db: Database, keys: SecretKeys): Promise<Rotated> {
  let resealed = 0;
  const notOpened: Belonging[] = [];
  for (let last: Belonging | undefined = FIRST; last; ) {
    const after: Belonging = last;
    const batch: Batch = await db.transaction((tx) => resealBatch(tx, keys, after));
    resealed += batch.resealed;
    notOpened.push(...batch.notOpened);
    last = batch.last;
  }
  return { resealed, notOpened };
}

const FIRST: Belonging = { kind: '', owner: '' };

interface Batch extends Rotated {
  /** Undefined: nothing comes after it. */
  readonly last: Belonging | undefined;
}

async function resealBatch(tx: Sql, keys: SecretKeys, after: Belonging): Promise<Batch> {
  const rows = await tx.query<SecretRow>(
    `SELECT kind, owner, sealed FROM secret WHERE key_id <> $1 AND (kind, owner) > ($2, $3)
     ORDER BY kind, owner LIMIT ${BATCH} FOR UPDATE`,
    [keyIdOf(sealText(keys, '', after)), after.kind, after.owner],
  );
  const notOpened: Belonging[] = [];
  for (const { kind, owner, sealed } of rows) {
    const text = tryOpen(keys, { kind, owner, sealed });
    if (text === undefined) notOpened.push({ kind, owner });
    else await reseal(tx, { kind, owner, sealed: sealText(keys, text, { kind, owner }) });
  }
  return { resealed: rows.length - notOpened.length, notOpened, last: rows.at(-1) };
}

function reseal(tx: Sql, { kind, owner, sealed }: SecretRow): Promise<unknown> {
  return tx.query('UPDATE secret SET sealed = $3 WHERE kind = $1 AND owner = $2', [kind, owner, sealed]);
}

function tryOpen(keys: SecretKeys, row: SecretRow): string | undefined {
  try {
    return openText(keys, row.sealed, row);
  } catch {
    return undefined;
  }
}

/** How many secrets each key has sealed, and which cannot be opened. */
export interface Checked {
  readonly byKey: ReadonlyMap<string, number>;
  readonly notOpened: readonly Belonging[];
}

/** Opens every secret, and keeps none. */
export async function checkSecrets(sql: Sql, keys: SecretKeys): Promise<Checked> {
  const byKey = new Map<string, number>();
  const notOpened: Belonging[] = [];
  for (let last: Belonging | undefined = FIRST; last; ) {
    const rows: SecretRow[] = await sql.query<SecretRow>(
      `SELECT kind, owner, sealed FROM secret WHERE (kind, owner) > ($1, $2) ORDER BY kind, owner LIMIT ${BATCH}`,
      [last.kind, last.owner],
    );
    for (const row of rows) {
      byKey.set(keyIdOf(row.sealed), (byKey.get(keyIdOf(row.sealed)) ?? 0) + 1);
      if (tryOpen(keys, row) === undefined) notOpened.push({ kind: row.kind, owner: row.owner });
    }
    last = rows.at(-1);
  }
  return { byKey, notOpened };
}

/** Whether a secret is there that no key of the hub can open, as far as its key's id tells. */
export async function lacksKey(sql: Sql, keys: SecretKeys): Promise<boolean> {
  const rows = await sql.query('SELECT 1 FROM secret WHERE key_id <> ALL($1::text[]) LIMIT 1', [
    keys.map(({ id }) => id),
  ]);
  return rows.length > 0;
}
