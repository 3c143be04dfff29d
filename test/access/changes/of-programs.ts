import { call, done } from '../../support/api.ts';
import { makeKey } from '../../support/program.ts';
import { openBrowser } from '../people/browser.ts';
import { openWanderer } from '../people/wanderer.ts';
import { type Asked, ask, type Story } from './asked.ts';
import type { World } from './world.ts';

const HOURS = { timeZone: 'Europe/Stockholm', hours: { mon: [{ from: '09:00', to: '17:00' }] } };
export const ofPrograms: Readonly<Record<string, Story>> = {
  'post /api/clients': async (world) => ({
    by: await world.somebody(),
    path: '/api/clients',
    body: { name: 'A program', organizationId: world.agency.id },
  }),
  'put /api/clients/{id}/keys': (world) => aboutProgram(world, '/keys'),
  'delete /api/clients/{id}': (world) => aboutProgram(world),
  'put /api/endpoints/{id}/credentials': (world) =>
    aboutEndpoint(world, 'credentials', { kind: 'bearer', token: 'for-a-test' }),
  'delete /api/endpoints/{id}/credentials': async (world) => {
    const { by, path, body } = await aboutEndpoint(world, 'credentials', { kind: 'bearer', token: 'for-a-test' });
    await ask(by, 'PUT', path, body);
    return { by, path };
  },
  'put /api/organizations/{id}/calendar': async (world) => ({
    by: await world.somebody(),
    path: `/api/organizations/${world.agency.id}/calendar`,
    body: HOURS,
  }),
  'delete /api/organizations/{id}/calendar': async (world) => {
    const [by, path] = [await world.somebody(), `/api/organizations/${world.pushed.id}/calendar`];
    await ask(by, 'PUT', path, HOURS);
    return { by, path };
  },
  'post /api/identity-providers': async (world) => ({
    by: await world.somebody(),
    path: '/api/identity-providers',
    body: providerOf(world, 'another'),
  }),
  'patch /api/identity-providers/{id}': async (world) => {
    const by = await world.somebody();
    await ask(by, 'POST', '/api/identity-providers', providerOf(world, 'changing'));
    return { by, path: '/api/identity-providers/changing', body: { active: false } };
  },
  'post /api/sign-in/oidc/{id}/back-channel-logout': async (world) => {
    const [by, { hub, provider, agency }] = [await world.somebody(), world];
    await ask(by, 'POST', '/api/identity-providers', providerOf(world, 'harvest'));
    const person = { name: 'Bea', email: 'bea@harvest.example', organizationId: agency.id, roles: ['agency-worker'] };
    await ask(by, 'POST', '/api/people', person);
    provider.signsIn({ subject: 'u-17', email: person.email, emailVerified: true });
    await openWanderer().go(`${hub.url}/api/sign-in/oidc/harvest`);
    const seconds = Math.floor(hub.deps.now().getTime() / 1_000);
    const token = await provider.sign({
      iss: provider.issuer,
      aud: provider.clientId,
      sub: 'u-17',
      iat: seconds,
      exp: seconds + 120,
      jti: crypto.randomUUID(),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    return {
      by: openBrowser(hub.url),
      path: '/api/sign-in/oidc/harvest/back-channel-logout',
      body: new URLSearchParams({ logout_token: token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
  },
};

async function aboutProgram(world: World, what = ''): Promise<Asked> {
  const by = await world.somebody();
  const said = { name: 'A program', organizationId: world.agency.id };
  const { id } = await ask<{ id: string }>(by, 'POST', '/api/clients', said);
  const { publicKey } = await makeKey('ES384');
  const body = what ? { jwks: { keys: [publicKey] }, scopes: ['system/Task.rs'] } : undefined;
  return { by, path: `/api/clients/${id}${what}`, body };
}

async function aboutEndpoint(world: World, what: string, body: object): Promise<Asked> {
  const endpoint = {
    resourceType: 'Endpoint',
    status: 'active',
    connectionType: { code: 'hl7-fhir-rest' },
    managingOrganization: { reference: `Organization/${world.agency.id}` },
    payloadType: [{ text: 'FHIR R4' }],
    address: 'http://127.0.0.1:9/fhir',
  };
  const { id } = await done(call('POST', `${world.hub.fhir}/Endpoint`, { body: endpoint }));
  return { by: await world.somebody(), path: `/api/endpoints/${id}/${what}`, body };
}

/** At the hub a provider is one by its id there, and so is not the same twice. */
function providerOf({ provider: { issuer, clientId, clientSecret }, agency }: World, id: string): object {
  const there = id === 'harvest' ? clientId : id;
  return { id, name: 'Harvest accounts', issuer, clientId: there, clientSecret, organizationId: agency.id };
}
