import { createHash } from 'node:crypto';
import type { Database, Sql } from '../../../db/database.ts';
import { digestOf, ENTRY_COLUMNS, type SealedEntry } from './entry-digest.ts';
import type { Finding, Verdict } from './finding.ts';
import { hashOf, markOf, marksOf, SEAL_COLUMNS, type Seal } from './seal.ts';

const SEALS_AT_ONCE = 50;
const ENTRIES_AT_ONCE = 2_000;
const MOST_FINDINGS = 1_000;

/** A seal that was the last at some time, kept elsewhere. */
export interface KnownSeal {
  readonly number: number;
  readonly hash: string;
}

/**
 * Compares every entry of the audit with its seal, and every seal with the one before it. Everything is read at one
 * moment, some at a time, while the hub goes on.
 * @param known a seal that must be there; without one, who can write everything in the database can make all of it anew
 */
export function verifyAudit(db: Database, known?: KnownSeal): Promise<Verdict> {
  return db.transaction(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const findings = new Findings();
    const last = await verifySeals(tx, findings, known);
    findings.add(...(await endFindings(tx, last, known)));
    return {
      ok: findings.count === 0,
      entries: last.entries,
      seals: last.seals,
      head: { number: last.number, hash: last.hash },
      unsealed: await unsealedAfter(tx, last.lastId),
      findings: findings.first,
      found: findings.count,
    };
  });
}

class Findings {
  readonly first: Finding[] = [];
  count = 0;

  add(...found: readonly Finding[]): void {
    this.count += found.length;
    this.first.push(...found.slice(0, MOST_FINDINGS - this.first.length));
  }
}

/** The chain as far as it was verified. */
interface Verified {
  readonly number: number;
  readonly hash: string;
  readonly lastId: string;
  readonly seals: number;
  readonly entries: number;
  /** Whether the last seal says what it said when it was made. */
  readonly isSound: boolean;
}

const BEGINNING: Verified = {
  number: 0,
  hash: '',
  lastId: '-9223372036854775808',
  seals: 0,
  entries: 0,
  isSound: true,
};

async function verifySeals(sql: Sql, findings: Findings, known: KnownSeal | undefined): Promise<Verified> {
  let last = BEGINNING;
  for (;;) {
    const seals = await sql.query<Seal>(
      `SELECT ${SEAL_COLUMNS} FROM audit_seal WHERE audit_seal.number > $1 ORDER BY audit_seal.number LIMIT $2`,
      [last.number, SEALS_AT_ONCE],
    );
    for (const seal of seals) last = await verifySeal(sql, seal, last, findings, known);
    if (seals.length < SEALS_AT_ONCE) return last;
  }
}

async function verifySeal(
  sql: Sql,
  seal: Seal,
  last: Verified,
  findings: Findings,
  known: KnownSeal | undefined,
): Promise<Verified> {
  const { number, hash, lastId, entries } = seal;
  const isSound = hashOf(seal) === hash;
  const missing = missingSeals(last.number + 1, number);
  findings.add(...missing);
  if (!isSound) findings.add({ kind: 'seal-changed', seal: number });
  else {
    const follows = seal.previous === last.hash && seal.afterId === last.lastId;
    if (!follows && missing.length === 0 && last.isSound) findings.add({ kind: 'seal-replaced', seal: last.number });
    if (known?.number === number && known.hash !== hash) findings.add({ kind: 'seal-replaced', seal: number });
    findings.add(...(await entryFindings(sql, seal)));
  }
  return { number, hash, lastId, seals: last.seals + 1, entries: last.entries + entries, isSound };
}

/** Seals from one number up to another, without that; the first of them only where they are very many. */
function missingSeals(from: number, to: number): Finding[] {
  const length = Math.max(0, Math.min(to - from, MOST_FINDINGS));
  return Array.from({ length }, (_, at) => ({ kind: 'seal-removed', seal: from + at }));
}

/** What of its entries is not as a seal that is sound says. */
async function entryFindings(sql: Sql, seal: Seal): Promise<Finding[]> {
  const marks = new Map(marksOf(seal));
  const all = createHash('sha256');
  const found: Finding[] = [];
  const add = (kind: 'entry-changed' | 'entry-removed' | 'entry-inserted', entry: string): void => {
    found.push({ kind, entry, seal: seal.number });
  };
  for await (const { id, digest } of digestsOf(sql, seal)) {
    all.update(digest);
    const mark = marks.get(id);
    if (mark === undefined) add('entry-inserted', id);
    else if (mark !== markOf(id, digest)) add('entry-changed', id);
    marks.delete(id);
  }
  for (const id of marks.keys()) add('entry-removed', id);
  // A digest that only starts as it did: nobody makes one by chance.
  if (found.length === 0 && all.digest('hex') !== seal.content) return [{ kind: 'seal-replaced', seal: seal.number }];
  return found;
}

async function* digestsOf(sql: Sql, { afterId, lastId }: Seal): AsyncGenerator<{ id: string; digest: Buffer }> {
  for (let after = afterId; ; ) {
    const entries = await sql.query<SealedEntry>(
      `SELECT ${ENTRY_COLUMNS} FROM audit WHERE id > $1 AND id <= $2 ORDER BY audit.id LIMIT $3`,
      [after, lastId, ENTRIES_AT_ONCE],
    );
    for (const entry of entries) {
      after = entry.id ?? after;
      yield { id: after, digest: digestOf(entry) };
    }
    if (entries.length < ENTRIES_AT_ONCE) return;
  }
}

/** What is missing at the end: by the head of the chain, and by what is known of it. */
async function endFindings(sql: Sql, last: Verified, known: KnownSeal | undefined): Promise<Finding[]> {
  const [head] = await sql.query<KnownSeal>(
    `SELECT number::int AS number, encode(hash, 'hex') AS hash FROM audit_head`,
  );
  const missing = missingSeals(last.number + 1, Math.max(head?.number ?? 0, known?.number ?? 0) + 1);
  if (missing.length > 0) return missing;
  const differs = head?.number !== last.number || head.hash !== last.hash;
  return differs && last.isSound ? [{ kind: 'head-changed', seal: last.number }] : [];
}

async function unsealedAfter(sql: Sql, lastId: string): Promise<Verdict['unsealed']> {
  const [row] = await sql.query<{ entries: number; oldest: Date | null }>(
    'SELECT count(*)::int AS entries, min(recorded_at) AS oldest FROM audit WHERE id > $1',
    [lastId],
  );
  return { entries: row?.entries ?? 0, oldest: row?.oldest?.toISOString() ?? null };
}
