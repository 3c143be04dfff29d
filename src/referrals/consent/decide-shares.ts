import { disclosedResource } from '../../access/consent/disclosed-resource.ts';
import type { ConsentPolicy } from '../../access/consent/policy.ts';
import { sensitiveIn } from '../../access/labels/label.ts';
import { patientOf } from '../../fhir/audit/patient-of.ts';
import { type LocalReference, parseLocal } from '../../fhir/references.ts';
import { takePending } from '../../fhir/sharing/pending-shares.ts';
import { writeShare } from '../../fhir/sharing/share.ts';
import type { PendingShare } from '../../fhir/sharing/shared.ts';
import { SHOWN_ANEW } from '../../fhir/sharing/subsetted.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_MARK } from '../../loops/projection/store.ts';
import { loopOf } from '../sharing/sides.ts';
import type { StoredTask } from '../task-changes.ts';
import { factsOf, LIGHT_CONTENT } from './facts.ts';
import { reconsider } from './reconsider.ts';
import { type Case, rulingsOn } from './rulings.ts';

/**
 * Decides in the transaction that has the reason for it whether what a referral shares may be shared: what it shares now,
 * and, where a Consent or a label of what is shared has changed, what it shared before.
 */
export function decideShares(policy: ConsentPolicy): FinishRule {
  return async (unit) => {
    const withdrawn = clientsOf(
      unit.changes.filter(({ type }) => type === 'Consent').map(({ before, after }) => after ?? before),
    );
    if (withdrawn.length > 0) await reconsider(unit, policy, { clients: withdrawn, because: 'consent-withdrawn' });
    const labelled = unit.changes.filter(({ before, after }) => before && after && isRelabelled(before, after, policy));
    const resources = [...labelled, ...unit.takeMarks(SHOWN_ANEW).flatMap((name) => parseLocal(name) ?? [])];
    if (resources.length > 0) await reconsider(unit, policy, { resources, because: 'labelled' });
    for (const { after } of labelled)
      if (after?.resourceType === 'Task') unit.mark(LOOP_MARK, loopOf(after as StoredTask));
    await decidePending(unit, policy, takePending(unit));
  };
}

/** Whether it has more labels, or fewer. */
function isRelabelled(before: Stored, after: Stored, policy: ConsentPolicy): boolean {
  const [had, has] = [new Set(sensitiveIn(before, policy)), new Set(sensitiveIn(after, policy))];
  return had.symmetricDifference(has).size > 0;
}

function clientsOf(resources: readonly (Stored | undefined)[]): string[] {
  return [...new Set(resources.flatMap((each) => patientOf(each) ?? []))];
}

async function decidePending(unit: UnitOfWork, policy: ConsentPolicy, shares: readonly PendingShare[]): Promise<void> {
  if (shares.length === 0) return;
  const contents = await contentsOf(unit, shares);
  const cases = shares.map((share): Case => {
    const { content, author } = contents.get(`${share.type}/${share.id}`) ?? {};
    const clients = new Set([share.client, patientOf(content)].filter((each) => each !== undefined));
    return {
      share,
      resource: disclosedResource(share.type, share.id, content, author),
      clients: share.client === undefined ? [] : [...clients],
    };
  });
  const facts = await factsOf(unit, policy, cases);
  for (const [at, ruling] of rulingsOn(cases, facts).entries()) {
    const share = shares[at];
    if (!share) continue;
    writeShare(unit, share, ruling);
    if (ruling.withheld) unit.mark(LOOP_MARK, share.loopId);
  }
}

interface Content {
  readonly content?: Stored | undefined;
  readonly author?: string | undefined;
}

/** What is shared, as the transaction leaves it. */
async function contentsOf(unit: UnitOfWork, shares: readonly LocalReference[]): Promise<ReadonlyMap<string, Content>> {
  const found = new Map<string, Content>();
  const stored: LocalReference[] = [];
  for (const { type, id } of shares) {
    const content = unit.staged(type, id);
    if (content) found.set(`${type}/${id}`, { content, author: unit.authorOf(type, id) });
    else stored.push({ type, id });
  }
  if (stored.length === 0) return found;
  const rows = await unit.tx.query<LocalReference & Content>(CONTENTS_SQL, [
    stored.map(({ type }) => type),
    stored.map(({ id }) => id),
  ]);
  for (const { type, id, content, author } of rows) found.set(`${type}/${id}`, { content, author });
  return found;
}

const CONTENTS_SQL = `
  SELECT r.type, r.id, ${LIGHT_CONTENT} AS content, r.author_org AS author FROM resource r
  JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)`;
