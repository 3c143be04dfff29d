import { insertInto, type RowWriter } from '../../db/row-writer.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import type { LoopPolicy } from './policy.ts';

interface LoopPolicyRow {
  loop_id: string;
  digest: string;
  /** What people call it. */
  name: string;
  at: string;
}

/** Which policy applies to a loop from when; rows are never changed. */
const loopPolicyRows: RowWriter<LoopPolicyRow> = insertInto('loop_policy', {
  loop_id: 'text',
  digest: 'text',
  name: 'text',
  at: 'timestamptz',
});

interface PolicyRow {
  digest: string;
  content: PolicyContent;
}

/** What a policy says, as it is kept: its history is told by it. */
export type PolicyContent = Pick<LoopPolicy, 'spans' | 'ladder' | 'offersByItself' | 'demographics'> &
  // Those of before knew of none.
  Partial<Pick<LoopPolicy, 'confirmation'>>;

const policyRows: RowWriter<PolicyRow> = {
  name: 'policy',
  columns: { digest: 'text', content: 'jsonb' },
  statement: (rows) =>
    `INSERT INTO policy (digest, content) SELECT DISTINCT ON (digest) digest, content FROM ${rows}
     ON CONFLICT (digest) DO NOTHING`,
};

/** Records that another policy applies to a loop than the one before, which its timeline says. */
export function recordPolicy(unit: UnitOfWork, loopId: string, { digest, name, ...policy }: LoopPolicy): void {
  unit.add(policyRows, { digest, content: policy });
  unit.add(loopPolicyRows, { loop_id: loopId, digest, name, at: unit.now.toISOString() });
}
