import type { Communication } from '@medplum/fhirtypes';
import type { LoopMessage, LoopMessages } from '../../../src/referrals/conversation/api.ts';
import type { Browser } from '../../access/people/browser.ts';
import { type Answer, call, done, found } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import type { Partner } from '../../support/network.ts';

/** Who writes and reads on the page, or a program by the API. */
type Writer = Pick<Browser, 'send'>;

export type Said = Communication & { id: string };

/** What tests of conversations say and read. */
export function talk(hub: () => TestHub) {
  /** Somebody writes on the page. */
  const write = async (by: Writer, loopId: string, body: object): Promise<string> => {
    const answer = await by.send<{ id: string }>('POST', `/api/loops/${loopId}/messages`, body);
    if (answer.status >= 300) throw new Error(`refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  };
  const page = async (by: Writer, loopId: string, query = ''): Promise<LoopMessages> =>
    (await by.send<LoopMessages>('GET', `/api/loops/${loopId}/messages${query}`)).body;
  const message = async (by: Writer, loopId: string, id: string): Promise<LoopMessage | undefined> =>
    (await page(by, loopId)).messages.find((each) => each.id === id);
  /** A program of a partner writes. */
  const post = (by: Partner, about: string, more: Partial<Communication>): Promise<Answer<Said>> =>
    call('POST', `${hub().fhir}/Communication`, { token: by.token, body: communication(about, more) });
  const posted = (by: Partner, about: string, more: Partial<Communication>): Promise<Said> =>
    done<Communication>(post(by, about, more));
  const read = (id: string, by?: Partner): Promise<Said> =>
    done<Communication>(call('GET', `${hub().fhir}/Communication/${id}`, { token: by?.token }));
  const status = async (name: string, by: Partner): Promise<number> =>
    (await call('GET', `${hub().fhir}/${name}`, { token: by.token, headers: { accept: 'application/fhir+json' } }))
      .status;
  /** What a partner finds that is about a Task. */
  const heard = async (by: Partner, about: string): Promise<Said[]> =>
    found<Communication>(await call('GET', `${hub().fhir}/Communication?about=Task/${about}`, { token: by.token }));
  return { write, page, message, post, posted, read, status, heard };
}

export function communication(about: string, more: Partial<Communication>): Communication {
  return { resourceType: 'Communication', status: 'completed', about: [{ reference: `Task/${about}` }], ...more };
}

export const text = (contentString: string): Pick<Communication, 'payload'> => ({ payload: [{ contentString }] });
export const answering = (id: string): Pick<Communication, 'inResponseTo'> => ({
  inResponseTo: [{ reference: `Communication/${id}` }],
});
export const answerBy = (valueDateTime: string): Pick<Communication, 'extension'> => ({
  extension: [{ url: 'https://careloop.dev/fhir/StructureDefinition/answer-by', valueDateTime }],
});
