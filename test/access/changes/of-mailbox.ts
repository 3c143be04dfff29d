import type { Task } from '@medplum/fhirtypes';
import { call, found } from '../../support/api.ts';
import { type Browser, openBrowser } from '../people/browser.ts';
import { codeTo, comeByMailbox, linkTo } from '../people/visitor.ts';
import { type Asked, ask, type Story } from './asked.ts';
import type { World } from './world.ts';

/** What a new referral asks of the agency. */
export async function askedOf({ hub, agency, loop }: World, loopId?: string) {
  const id = loopId ?? (await loop());
  const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${id}`));
  return { organizationId: agency.id, loopId: id, taskId: leg?.id ?? '' };
}

const visitor = async (world: World): Promise<Browser> => comeByMailbox(world.hub, await askedOf(world));

const doing =
  (path: string, body?: unknown): Story =>
  async (world): Promise<Asked> => ({ by: await visitor(world), path, body });

export const ofMailbox: Readonly<Record<string, Story>> = {
  'post /api/mailbox/code': async (world) => {
    const link = await linkTo(world.hub, await askedOf(world));
    return { by: openBrowser(world.hub.url), path: '/api/mailbox/code', body: { link } };
  },
  'post /api/mailbox/open': async (world) => {
    const link = await linkTo(world.hub, await askedOf(world));
    const code = await codeTo(world.hub, link);
    return { by: openBrowser(world.hub.url), path: '/api/mailbox/open', body: { link, code, name: 'Kim Frontdesk' } };
  },
  'post /api/mailbox/answer': doing('/api/mailbox/answer', { status: 'accepted' }),
  'delete /api/mailbox': doing('/api/mailbox'),
  'post /api/mailbox/messages': doing('/api/mailbox/messages', { text: 'Gladly' }),
  'post /api/mailbox/messages/read': async (world) => {
    const asked = await askedOf(world);
    const somebody = await world.somebody();
    await ask(somebody, 'POST', `/api/loops/${asked.loopId}/messages`, { text: 'When?', to: asked.organizationId });
    return { by: await comeByMailbox(world.hub, asked), path: '/api/mailbox/messages/read', body: {} };
  },
};
