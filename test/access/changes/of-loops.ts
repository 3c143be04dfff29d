import { YES } from '../../flows/clients/asking-network.ts';
import { call, done } from '../../support/api.ts';
import { sendReferral } from '../../support/network.ts';
import { openBrowser } from '../people/browser.ts';
import { type Asked, ask, codeIn, type Story } from './asked.ts';
import type { World } from './world.ts';

const FILTER = { name: 'Late ones', filter: { overdue: 'true' } };
const aboutLoop =
  (what: string, body: (world: World) => unknown = () => undefined, state: 'open' | 'completed' = 'open'): Story =>
  async (world) => ({
    by: await world.somebody(),
    path: `/api/loops/${await world.loop(state)}/${what}`,
    body: body(world),
  });

export const ofLoops: Readonly<Record<string, Story>> = {
  'post /api/loops/search': async (world) => {
    await world.loop();
    return { by: await world.somebody(), path: '/api/loops/search', body: {} };
  },
  'post /api/loops/{id}/offers': aboutLoop('offers', ({ pushed }) => ({ organizationId: pushed.id })),
  'post /api/loops/{id}/take-on': aboutLoop('take-on'),
  'post /api/loops/{id}/close': aboutLoop(
    'close',
    () => ({ outcome: 'services-provided', text: 'All is well' }),
    'completed',
  ),
  'post /api/loops/{id}/reopen': async (world) => {
    const by = await world.somebody();
    const path = `/api/loops/${await world.loop('completed')}`;
    await ask(by, 'POST', `${path}/close`, { outcome: 'services-provided', text: 'All is well' });
    return { by, path: `${path}/reopen`, body: { text: 'It was not' } };
  },
  'post /api/loops/{id}/messages': aboutLoop('messages', ({ agency }) => ({ text: 'How is it going?', to: agency.id })),
  'post /api/loops/{id}/messages/read': async (world) => {
    const id = await world.loop();
    const message = {
      resourceType: 'Communication',
      status: 'completed',
      about: [{ reference: `Task/${id}` }],
      payload: [{ contentString: 'Is it going?' }],
    };
    await done(call('POST', `${world.hub.fhir}/Communication`, { token: world.hospital.token, body: message }));
    return { by: await world.somebody(), path: `/api/loops/${id}/messages/read`, body: {} };
  },
  'post /api/loops/{id}/confirmation/answer': aboutLoop('confirmation/answer', () => ({ answers: YES }), 'completed'),
  'post /api/loops/{id}/confirmation/link': aboutLoop('confirmation/link', () => undefined, 'completed'),
  'post /api/client-answers/look': (world) => byLink(world, '/look', {}),
  'post /api/client-answers': (world) => byLink(world, '', { answers: YES }),
  'post /api/deliveries/{id}/replay': async (world) => {
    const { hub, hospital, pushed } = world;
    const loop = await sendReferral(hub, hospital, { owner: `Organization/${pushed.id}` });
    const [delivery] = await hub.deps.db.query<{ id: string }>(
      `UPDATE delivery SET status = 'dead', settled_at = now() WHERE loop_id = $1 RETURNING id`,
      [loop],
    );
    return { by: await world.somebody(), path: `/api/deliveries/${delivery?.id}/replay` };
  },
  'post /api/loop-filters': async (world) => ({ by: await world.somebody(), path: '/api/loop-filters', body: FILTER }),
  'put /api/loop-filters/{id}': (world) => aboutFilter(world, { ...FILTER, name: 'Later ones' }),
  'delete /api/loop-filters/{id}': (world) => aboutFilter(world),
};

async function byLink(world: World, what: string, more: object): Promise<Asked> {
  const path = `/api/loops/${await world.loop('completed')}/confirmation/link`;
  const { link } = await ask<{ link: string }>(await world.somebody(), 'POST', path, {});
  const body = { code: codeIn(link), ...more };
  return { by: openBrowser(world.hub.url), path: `/api/client-answers${what}`, body };
}

async function aboutFilter(world: World, body?: object): Promise<Asked> {
  const by = await world.somebody();
  const { id } = await ask<{ id: string }>(by, 'POST', '/api/loop-filters', FILTER);
  return { by, path: `/api/loop-filters/${id}`, body };
}
