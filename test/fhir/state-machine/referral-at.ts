import type { Bundle, OperationOutcome, Task } from '@medplum/fhirtypes';
import { call, done } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { type Partner, referralBundle } from '../../support/network.ts';

type StoredTask = Task & { id: string };

/** Who asks, and who is asked. */
export interface Parties {
  readonly requester: Partner;
  readonly owner: Partner;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly element: string | undefined;
}

/** How a Task comes to a status: who says what, one after another. */
const WAY: Readonly<Record<string, readonly (readonly [keyof Parties, string])[]>> = {
  draft: [],
  requested: [],
  accepted: [['owner', 'accepted']],
  rejected: [['owner', 'rejected']],
  'in-progress': [
    ['owner', 'accepted'],
    ['owner', 'in-progress'],
  ],
  'on-hold': [
    ['owner', 'accepted'],
    ['owner', 'on-hold'],
  ],
  completed: [
    ['owner', 'accepted'],
    ['owner', 'completed'],
  ],
  failed: [
    ['owner', 'accepted'],
    ['owner', 'failed'],
  ],
  cancelled: [['requester', 'cancelled']],
  'entered-in-error': [['requester', 'entered-in-error']],
};

/** A referral of one organization to another, brought to a status by what they say. */
export async function referralAt(hub: TestHub, parties: Parties, status: string): Promise<StoredTask> {
  const bundle = referralBundle(parties.requester, { owner: `Organization/${parties.owner.id}` });
  if (status === 'draft') Object.assign(bundle.entry?.[2]?.resource ?? {}, { status });
  const answer = await done<Bundle>(call('POST', hub.fhir, { token: parties.requester.token, body: bundle }));
  const id = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
  for (const [side, to] of WAY[status] ?? []) {
    const task = await readTask(hub, id);
    const output = to === 'completed' ? { output: [{ type: { text: 'Done' }, valueString: 'Two boxes' }] } : {};
    await done(
      call('PUT', `${hub.fhir}/Task/${id}`, {
        token: parties[side].token,
        body: { ...task, status: to, statusReason: { text: 'because' }, ...output },
      }),
    );
  }
  return readTask(hub, id);
}

export async function readTask(hub: TestHub, id: string): Promise<StoredTask> {
  return done<Task>(call('GET', `${hub.fhir}/Task/${id}`));
}

/** An update as it is answered. */
export async function putAs(hub: TestHub, { token }: Partner, task: object): Promise<Answered> {
  const { status, body } = await call('PUT', `${hub.fhir}/Task/${(task as StoredTask).id}`, { token, body: task });
  const issue = status >= 400 ? (body as OperationOutcome).issue[0] : undefined;
  return { status, text: issue?.details?.text ?? '', element: issue?.expression?.[0] };
}

/** Where a Task stands, and the steps that were kept of it, of which no draft has any. */
export async function tellOf(
  hub: TestHub,
  id: string,
): Promise<{ status: unknown; progress: unknown; steps: { from: string; to: string; implied: boolean }[] }> {
  const task = await readTask(hub, id);
  const steps = await hub.deps.db.query<{ from: string; to: string; implied: boolean }>(
    'SELECT from_status AS from, to_status AS to, implied FROM transition WHERE task_id = $1 ORDER BY id',
    [id],
  );
  return { status: task.status, progress: task.businessStatus?.coding?.[0]?.code, steps };
}
