import type { Observation, Resource, Task } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../support/api.ts';
import type { DatabaseKind } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addOrganization, type Program, startProgramOf } from './programs.ts';
import { IDENTIFIED, type Known, subscription } from './scope-interactions.ts';

/** A hub with a program that may have any scope, and something of every kind to hold them against. */
export interface ScopedHub {
  readonly hub: TestHub;
  readonly program: Program;
  readonly known: Known;
  /** The program's organization, and another; a Task that is the other's. */
  readonly mine: string;
  readonly other: string;
  readonly theirs: string;
  /** Calls the FHIR API with a token for these scopes. */
  with(
    scope: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<unknown>>;
}

export async function startScopedHub(kind: DatabaseKind): Promise<ScopedHub> {
  const hub = await startHub(kind, { settings: { EXPORT_CONCURRENCY: '100' } });
  const [mine, other] = [await addOrganization(hub, 'Clinic'), await addOrganization(hub, 'Another')];
  const program = await startProgramOf(hub, mine, ['system/*.cruds']);
  const all = await program.token('system/*.cruds');
  const make = async (body: Resource): Promise<string> =>
    (await done(call('POST', `${hub.fhir}/${body.resourceType}`, { token: all, body }))).id;
  const patient = await make({
    resourceType: 'Patient',
    name: [{ family: 'Ng' }],
    managingOrganization: { reference: `Organization/${mine}` },
  });
  const task = (owner: string): Task => ({
    resourceType: 'Task',
    status: 'draft',
    intent: 'plan',
    for: { reference: `Patient/${patient}` },
    owner: { reference: `Organization/${owner}` },
  });
  const observation: Observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
  const member = [{ entity: { reference: `Patient/${patient}` } }];
  const known = {
    patient,
    task: await make(task(mine)),
    observation: await make({ ...observation, ...IDENTIFIED, subject: { reference: `Patient/${patient}` } }),
    group: await make({ resourceType: 'Group', type: 'person', actual: true, member }),
    subscription: await make(subscription('http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task')),
  };
  return {
    hub,
    program,
    known,
    mine,
    other,
    theirs: await make(task(other)),
    with: async (scope, method, path, body, headers = {}) =>
      call(method, `${hub.fhir}${path}`, {
        token: await program.token(scope),
        headers,
        ...(body === undefined ? {} : { body }),
      }),
  };
}
