import { TOTP } from 'otpauth';
import { openBrowser } from '../people/browser.ts';
import { PASSWORD } from '../people/people-hub.ts';
import { type Asked, ask, codeIn, type Story } from './asked.ts';
import { elsewhere, type World } from './world.ts';

export const ofPeople: Readonly<Record<string, Story>> = {
  'post /api/setup': async ({ hub, setUpCode: code }) => ({
    by: openBrowser(hub.url),
    path: '/api/setup',
    body: { code, name: 'Ada Admin', email: 'ada@hub.example', password: PASSWORD },
  }),
  'post /api/session': async (world) => {
    const { email } = await world.somebody();
    return { by: openBrowser(world.hub.url), path: '/api/session', body: { email, password: PASSWORD } };
  },
  'post /api/session/link': async (world) => {
    const by = await world.somebody();
    const { link } = await ask<{ link: string }>(by, 'POST', `/api/people/${by.personId}/sign-in-link`);
    return { by: openBrowser(world.hub.url), path: '/api/session/link', body: { code: codeIn(link) } };
  },
  'delete /api/session': async (world) => ({ by: await world.somebody(), path: '/api/session' }),
  'delete /api/sessions': async (world) => ({ by: await world.somebody(), path: '/api/sessions' }),
  'delete /api/sessions/{id}': async (world) => {
    const by = await world.somebody();
    await elsewhere(world, by.email);
    const { sessions } = await ask<{ sessions: { id: string; current: boolean }[] }>(by, 'GET', '/api/sessions');
    return { by, path: `/api/sessions/${sessions.find(({ current }) => !current)?.id}` };
  },
  'put /api/account/password': async (world) => ({
    by: await world.somebody(),
    path: '/api/account/password',
    body: { current: PASSWORD, new: 'another long password' },
  }),
  'post /api/account/second-factor': async (world) => ({
    by: await world.somebody(),
    path: '/api/account/second-factor',
    body: { password: PASSWORD },
  }),
  'put /api/account/second-factor': (world) => withSecondFactor(world),
  'delete /api/account/second-factor': async (world) => {
    const { by, path, body } = await withSecondFactor(world);
    await ask(by, 'PUT', path, body);
    return { by, path, body: { password: PASSWORD } };
  },
  'post /api/invitations/look': async (world) => ({
    by: openBrowser(world.hub.url),
    path: '/api/invitations/look',
    body: { code: await invited(world) },
  }),
  'post /api/invitations/accept': async (world) => ({
    by: openBrowser(world.hub.url),
    path: '/api/invitations/accept',
    body: { code: await invited(world), password: PASSWORD },
  }),
  'post /api/people': async (world) => ({
    by: await world.somebody(),
    path: '/api/people',
    body: { name: 'Kim', email: 'kim@food.example', organizationId: world.agency.id, roles: ['agency-worker'] },
  }),
  'patch /api/people/{id}': (world) => aboutSomebody(world, '', { roles: ['auditor'] }),
  'post /api/people/{id}/invitation': (world) => aboutSomebody(world, '/invitation'),
  'post /api/people/{id}/sign-in-link': (world) => aboutSomebody(world, '/sign-in-link'),
  'delete /api/people/{id}/sessions': (world) => aboutSomebody(world, '/sessions'),
  'post /api/break-glass': async (world) => ({
    by: await world.somebody(),
    path: '/api/break-glass',
    body: { reason: 'Nobody else is here', minutes: 5 },
  }),
  'delete /api/break-glass/{id}': (world) => aboutGlass(world, ''),
  'post /api/break-glass/{id}/seen': (world) => aboutGlass(world, '/seen'),
};

async function withSecondFactor(world: World): Promise<Asked> {
  const by = await world.somebody();
  const path = '/api/account/second-factor';
  const { secret } = await ask<{ secret: string }>(by, 'POST', path, { password: PASSWORD });
  return { by, path, body: { code: new TOTP({ secret }).generate({ timestamp: world.hub.deps.now().getTime() }) } };
}

async function aboutSomebody(world: World, what: string, body?: object): Promise<Asked> {
  const { personId } = await world.somebody();
  return { by: await world.somebody(), path: `/api/people/${personId}${what}`, body };
}

async function invited(world: World): Promise<string> {
  const { by, path } = await aboutSomebody(world, '/invitation');
  return codeIn((await ask<{ invitation: string }>(by, 'POST', path)).invitation);
}

async function aboutGlass(world: World, what: string): Promise<Asked> {
  const { id } = await ask<{ id: string }>(await world.somebody(), 'POST', '/api/break-glass', {
    reason: 'Nobody else is here',
    minutes: 5,
  });
  return { by: await world.somebody(), path: `/api/break-glass/${id}${what}` };
}
