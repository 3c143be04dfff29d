import type { OperationOutcome, Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../../src/loops/api.ts';
import { type Answer, call, done, found } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import type { Partner } from '../../support/network.ts';

export type Leg = Task & { id: string };

const JSON_TYPE = { 'content-type': 'application/json' };

/** What tests of the parts of a referral say to a hub and ask it. */
export function legNetwork(hub: () => TestHub) {
  const loop = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub().url}/api/loops/${id}`)).body;
  const post = <T = { taskIds: string[]; taskId: string }>(
    id: string,
    what: string,
    body: object = {},
  ): Promise<Answer<T>> => call<T>('POST', `${hub().url}/api/loops/${id}/${what}`, { headers: JSON_TYPE, body });
  const legsOf = async (id: string): Promise<Leg[]> =>
    found<Task>(await call('GET', `${hub().fhir}/Task?part-of=Task/${id}&_count=200`));
  const legOf = async (id: string, agency: { id: string; name: string }): Promise<Leg> => {
    const leg = (await legsOf(id)).findLast(({ owner }) => owner?.reference === `Organization/${agency.id}`);
    if (!leg) throw new Error(`${agency.name} was not asked`);
    return leg;
  };
  const read = (id: string, by?: Partner): Promise<Leg> =>
    done<Task>(call('GET', `${hub().fhir}/Task/${id}`, { token: by?.token }));
  const put = (task: object, by?: Partner): Promise<Answer<Task & OperationOutcome>> =>
    call('PUT', `${hub().fhir}/Task/${(task as Leg).id}`, { token: by?.token, body: task });
  /** An organization says where its part stands. */
  const say = async (id: string, agency: Partner, change: Partial<Task>): Promise<void> => {
    const { statusReason: _reason, ...leg } = await legOf(id, agency);
    await done(put({ ...leg, ...change }, agency));
  };
  return { loop, post, legsOf, legOf, read, put, say };
}

export const reason = (text: string): Pick<Task, 'statusReason'> => ({ statusReason: { text } });
export const outcome = (text: string): Pick<Task, 'output'> => ({
  output: [{ type: { text: 'Done' }, valueString: text }],
});
