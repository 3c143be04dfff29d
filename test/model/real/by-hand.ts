import { type Answer, call } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { answersOf } from '../confirmation/seen.ts';
import type { ByHand, Said } from '../world.ts';

export interface WithLinks {
  readonly hub: TestHub;
  readonly ids: (party: string) => string;
  /** The codes of the links that were handed out, by loop. */
  readonly links: Map<string, readonly string[]>;
}

/** A case manager does something with a loop, or its client answers by a link. */
export async function byHand({ hub, ids, links }: WithLinks, loopId: string, how: ByHand): Promise<Said> {
  const ask = async (what: string, body: object): Promise<Said> =>
    said(
      await call('POST', `${hub.url}/api/loops/${loopId}/${what}`, {
        headers: { 'content-type': 'application/json' },
        body,
      }),
    );
  switch (how.what) {
    case 'offer':
      return ask('offers', { organizationIds: how.to.map(ids), mode: how.mode });
    case 'take-on':
      return ask('take-on', {});
    case 'close':
      return ask('close', { outcome: how.outcome, text: 'So it ended.' });
    case 'reopen':
      return ask('reopen', { text: 'It is needed again.' });
    case 'client-says':
      return ask('confirmation/answer', { answers: answersOf(how) });
    case 'hand-link':
      return handLink(hub, links, loopId);
    case 'answer-link': {
      const code = links.get(loopId)?.at(how.link === 'last' ? -1 : -2) ?? 'none';
      const headers = { 'content-type': 'application/json' };
      const body = { code, answers: answersOf(how) };
      return said(await call('POST', `${hub.url}/api/client-answers`, { token: null, headers, body }));
    }
  }
}

async function handLink({ url }: TestHub, links: WithLinks['links'], loopId: string): Promise<Said> {
  const headers = { 'content-type': 'application/json' };
  const answer = await call<{ link?: string }>('POST', `${url}/api/loops/${loopId}/confirmation/link`, {
    headers,
    body: {},
  });
  const [, code] = answer.body?.link?.split('#') ?? [];
  if (code) links.set(loopId, [...(links.get(loopId) ?? []), code]);
  return said(answer);
}

/** What is refused is an answer; a fault of the hub is none. */
export function said({ status, body }: Answer<unknown>): Said {
  if (status >= 500) throw new Error(`The hub failed: ${status} ${JSON.stringify(body)}`);
  const { id } = (body ?? {}) as { id?: string };
  return { ok: status < 300, text: JSON.stringify(body), id };
}
