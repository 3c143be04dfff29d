import type { Task } from '@medplum/fhirtypes';
import { type Answer, call, done, found } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { type Partner, sendReferral } from '../../support/network.ts';
import { type Leg, legNetwork, reason } from './leg-network.ts';

export const ABORT = { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] };
export const MOVED = reason('Moved away');

/** What tests of requests to stop say to a hub and ask it. */
export function stopNetwork(parties: () => { hub: TestHub; hospital: Partner; agency: Partner }) {
  const { read, put, say } = legNetwork(() => parties().hub);
  const begun = async (): Promise<string> => {
    const id = await sendReferral(parties().hub, parties().hospital);
    await say(id, parties().agency, { status: 'in-progress' });
    return id;
  };
  const cancel = async (id: string): Promise<void> =>
    void (await done(
      put({ ...(await read(id, parties().hospital)), status: 'cancelled', ...MOVED }, parties().hospital),
    ));
  const ask = (id: string, by: Partner, change: object = {}): Promise<Answer<{ id: string }>> =>
    call('POST', `${parties().hub.fhir}/Task`, {
      token: by.token,
      body: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        code: ABORT,
        focus: { reference: `Task/${id}` },
        reasonCode: { text: 'Moved away' },
        ...change,
      },
    });
  /** The requests to stop a Task, as an organization finds them. */
  const stops = async (taskId: string, by: Partner): Promise<Leg[]> =>
    found<Task>(await call('GET', `${parties().hub.fhir}/Task?code=abort&focus=Task/${taskId}`, { token: by.token }));
  const theStop = async (taskId: string, by: Partner): Promise<Leg> => {
    const all = await stops(taskId, by);
    if (all.length !== 1) throw new Error(`${all.length} requests to stop it`);
    return all[0] as Leg;
  };
  return { begun, cancel, ask, stops, theStop };
}
