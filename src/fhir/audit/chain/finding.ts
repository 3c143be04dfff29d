/** Something of the audit that is not as it was when it was sealed; ids and numbers only. */
export type Finding =
  | {
      readonly kind: 'entry-changed' | 'entry-removed' | 'entry-inserted';
      readonly entry: string;
      readonly seal: number;
    }
  | { readonly kind: 'seal-changed' | 'seal-removed' | 'seal-replaced' | 'head-changed'; readonly seal: number };

/** What verifying the audit came to. */
export interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  readonly seals: number;
  /** The last seal: kept elsewhere, it shows later whether all up to it is still there. */
  readonly head: { readonly number: number; readonly hash: string };
  readonly unsealed: { readonly entries: number; readonly oldest: string | null };
  /** The first of them; `found` says how many there are in all. */
  readonly findings: readonly Finding[];
  readonly found: number;
}

const SENTENCES: Readonly<Record<Finding['kind'], string>> = {
  'entry-changed': 'was changed',
  'entry-removed': 'was removed',
  'entry-inserted': 'was inserted',
  'seal-changed': 'was changed: its entries cannot be verified',
  'seal-removed': 'was removed: its entries cannot be verified',
  'seal-replaced': 'was replaced by another',
  'head-changed': 'is not what the head of the chain says',
};

/** A verdict as lines for people. Pure. */
export function linesOf(verdict: Verdict): string[] {
  const { entries, seals, head, unsealed, findings, found } = verdict;
  const more = found > findings.length ? [`and ${found - findings.length} findings more`] : [];
  const waiting = unsealed.oldest === null ? '' : `, the oldest of ${unsealed.oldest}`;
  return [
    ...findings.map(sentenceOf),
    ...more,
    `${entries} entries in ${seals} seals verified, ${found} findings`,
    `${unsealed.entries} entries not sealed yet${waiting}`,
    `last seal ${head.number}:${head.hash}`,
  ];
}

function sentenceOf(finding: Finding): string {
  const said = SENTENCES[finding.kind];
  return 'entry' in finding ? `entry ${finding.entry} (seal ${finding.seal}) ${said}` : `seal ${finding.seal} ${said}`;
}
