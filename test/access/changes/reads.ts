import { call, done } from '../../support/api.ts';
import { consentOf } from '../../support/consents.ts';
import type { Browser } from '../people/browser.ts';
import { planned } from './of-plans.ts';
import type { World } from './world.ts';

/** A client, and what there is of it to be read. */
interface Client {
  readonly patient: string;
  readonly loop: string;
}

type Read = (world: World, client: Client) => Promise<string> | string;

/** For each GET of the JSON API that tells of clients: where somebody reads of one. */
export const READS: Readonly<Record<string, Read>> = {
  '/api/loops': () => '/api/loops?state=all&limit=200',
  '/api/loops/{id}': (_world, { loop }) => `/api/loops/${loop}`,
  '/api/loops/{id}/timeline': (_world, { loop }) => `/api/loops/${loop}/timeline`,
  '/api/loops/{id}/messages': (_world, { loop }) => `/api/loops/${loop}/messages`,
  '/api/loops/{id}/candidates': (_world, { loop }) => `/api/loops/${loop}/candidates`,
  '/api/loops/{id}/confirmation': (_world, { loop }) => `/api/loops/${loop}/confirmation`,
  '/api/patients/{id}/disclosures': (_world, { patient }) => `/api/patients/${patient}/disclosures?format=pdf`,
  '/api/consents/{id}/disclosures': async ({ hub }, { patient }) => {
    const body = consentOf(`Patient/${patient}`, { type: 'permit' });
    return `/api/consents/${(await done(call('POST', `${hub.fhir}/Consent`, { body }))).id}/disclosures`;
  },
  '/api/measures/{id}/loops': () => {
    const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));
    return `/api/measures/delivery-rate/loops?from=${from}&to=${to}&limit=200`;
  },
  '/api/plans': async (world, { patient }) => {
    await planned(world, patient);
    return `/api/plans?clientId=${patient}`;
  },
  '/api/plans/{id}': async (world, { patient }) => `/api/plans/${(await planned(world, patient)).plan.id}`,
};

/** For each GET for who came by a mailbox alone: where they read, for what they do first. */
export const BY_VISITORS: Readonly<Record<string, (by: Browser) => Promise<string>>> = {
  '/api/mailbox': async () => '/api/mailbox',
  '/api/mailbox/messages': async () => '/api/mailbox/messages',
  '/api/mailbox/files/{type}/{id}/{at}': async (by) => {
    const attachments = [{ title: 'Rules', contentType: 'text/plain', data: btoa('Bring a bag') }];
    const { body } = await by.send<{ id: string }>('POST', '/api/mailbox/messages', {
      text: 'See the rules',
      attachments,
    });
    return `/api/mailbox/files/Communication/${body.id}/0`;
  },
};

/** What tells of numbers, of who may do what here, or of organizations. */
export const TELL_OF_NO_CLIENT: readonly string[] = [
  ...['/api/loops/counts', '/api/loop-filters', '/api/measures', '/api/measures/{id}', '/api/events'],
  ...['/api/clients', '/api/sign-in', '/api/sign-in/oidc/{id}', '/api/session', '/api/sessions', '/api/people'],
  ...['/api/break-glass', '/api/identity-providers', '/api/endpoints/{id}/credentials'],
  '/api/organizations/{id}/calendar',
];
