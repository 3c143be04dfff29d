import type { Bundle, Task } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import { contentDigest } from '../fhir/rest/bundle/content-digest.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { isReferralTask } from '../loops/words.ts';

interface ReceivedRow {
  content_digest: string;
  answer: Bundle | null;
}

/**
 * A Bundle that was accepted before under the same business identifier is answered as the first time and does nothing;
 * other content under the same identifier is a conflict. A sender whose connection broke can simply send again.
 * @throws AppError (409) on a conflict
 */
export async function onceOnly(unit: UnitOfWork, bundle: Bundle, work: () => Promise<Bundle>): Promise<Bundle> {
  const key = businessKey(bundle);
  if (!key) return work();
  const sender = unit.caller.organizationId;
  const digest = contentDigest(bundle);
  // Waits here while the same Bundle is being received on another connection.
  const claimed = await unit.tx.query(
    `INSERT INTO received (sender_org, key, content_digest, received_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING key`,
    [sender, key, digest, unit.now],
  );
  if (claimed.length === 0) return firstAnswer(unit, sender, key, digest);
  const answer = await work();
  await unit.tx.query('UPDATE received SET answer = $3::json WHERE sender_org = $1 AND key = $2', [
    sender,
    key,
    JSON.stringify(answer),
  ]);
  return answer;
}

async function firstAnswer(unit: UnitOfWork, sender: string, key: string, digest: string): Promise<Bundle> {
  const [first] = await unit.tx.query<ReceivedRow>(
    'SELECT content_digest, answer FROM received WHERE sender_org = $1 AND key = $2',
    [sender, key],
  );
  if (first?.content_digest === digest && first.answer) return first.answer;
  const text =
    'A Bundle with this identifier was accepted before, with other content. Send the same content again, or use a new identifier for a new referral.';
  throw new AppError('conflict', 'bundle.other-content', text, { issues: [{ text, expression: 'Bundle.identifier' }] });
}

/** The identifier a Bundle is known by: its own, or that of the referral Task it sends. */
function businessKey(bundle: Bundle): string | undefined {
  const own = bundle.identifier;
  if (own?.value) return `${own.system ?? ''}|${own.value}`;
  const tasks = (bundle.entry ?? []).filter(({ request }) => request?.method === 'POST' && !request.ifNoneExist);
  const task = tasks
    .map(({ resource }) => resource)
    .find((each): each is Task => each?.resourceType === 'Task' && isReferralTask(each));
  const identifier = task?.identifier?.find(({ value }) => value);
  return identifier ? `${identifier.system ?? ''}|${identifier.value}` : undefined;
}
