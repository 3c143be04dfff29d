import { createHash } from 'node:crypto';
import { digestOf, type SealedEntry } from './entry-digest.ts';

/** A seal over audit entries; what is bytes in the database is hexadecimal here. */
export interface Seal {
  /** From 1, without a gap. */
  readonly number: number;
  /** Microseconds since 1970. */
  readonly sealedAt: string;
  /** The entries with ids above the one and up to the other; ids are whole numbers as text. */
  readonly afterId: string;
  readonly lastId: string;
  readonly entries: number;
  readonly marks: string;
  readonly content: string;
  readonly previous: string;
  readonly hash: string;
}

/** The columns of `audit_seal` as a Seal has them. */
export const SEAL_COLUMNS = `number::int AS number, (extract(epoch FROM sealed_at) * 1000000)::bigint::text AS "sealedAt",
  after_id::text AS "afterId", last_id::text AS "lastId", entries, encode(marks, 'hex') AS marks,
  encode(content, 'hex') AS content, encode(previous, 'hex') AS previous, encode(hash, 'hex') AS hash`;

/** The place in the chain a seal is made for. */
export interface Link {
  readonly number: number;
  readonly sealedAt: string;
  readonly afterId: string;
  readonly lastId: string;
  readonly previous: string;
}

/** What a seal says of its entries: which they are, and the hash of them all. */
export type Contents = Pick<Seal, 'entries' | 'marks' | 'content'>;

/** Seals entries. Pure. @param entries in the order of their ids */
export function sealOf(link: Link, entries: readonly SealedEntry[]): Seal {
  const unsigned = { ...link, ...contentsOf(entries) };
  return { ...unsigned, hash: hashOf(unsigned) };
}

export function contentsOf(entries: readonly SealedEntry[]): Contents {
  const all = createHash('sha256');
  const marks = entries.map((entry) => {
    const digest = digestOf(entry);
    all.update(digest);
    return markOf(entry.id ?? '0', digest);
  });
  return { entries: entries.length, marks: marks.join(''), content: all.digest('hex') };
}

/**
 * The hash of a seal: SHA-256 of the JSON list of what it says, in this order, the marks as their own SHA-256. Pure.
 */
export function hashOf(seal: Omit<Seal, 'hash'>): string {
  const { number, sealedAt, afterId, lastId, entries, marks, content, previous } = seal;
  const said = ['careloop-seal-1', number, sealedAt, afterId, lastId, entries, sha256(marks), content, previous];
  return sha256(JSON.stringify(said));
}

/** The entries a seal names: their ids, and the start of their digests. Pure. */
export function marksOf({ marks }: Pick<Seal, 'marks'>): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (let at = 0; at < marks.length; at += MARK_DIGITS) {
    const mark = marks.slice(at, at + MARK_DIGITS);
    all.set(BigInt(`0x${mark.slice(0, ID_DIGITS)}`).toString(), mark);
  }
  return all;
}

const ID_DIGITS = 16;
const MARK_DIGITS = 32;

/** How a seal names an entry. Pure. */
export function markOf(id: string, digest: Buffer): string {
  return BigInt(id).toString(16).padStart(ID_DIGITS, '0') + digest.toString('hex', 0, (MARK_DIGITS - ID_DIGITS) / 2);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
