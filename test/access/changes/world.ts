import { newSetUpCode } from '../../../src/access/sign-in/set-up.ts';
import { askingClients } from '../../flows/clients/asking-clients.ts';
import { legNetwork, outcome } from '../../flows/legs/leg-network.ts';
import { call, done } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { startProvider, type TestProvider } from '../../support/identity-provider.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { type Browser, openBrowser } from '../people/browser.ts';
import { join, PASSWORD } from '../people/people-hub.ts';
import { MAILS_NOWHERE } from '../people/visitor.ts';

/** A hub with all there is to change, and people who may. */
export interface World {
  readonly hub: TestHub;
  readonly hospital: Partner;
  readonly agency: Partner;
  /** An agency whose server is never called: no workers run. */
  readonly pushed: Partner;
  readonly provider: TestProvider;
  /** A code that sets the hub up, before anybody has. */
  readonly setUpCode: string;
  /** Somebody new with every role that changes something. */
  readonly somebody: () => Promise<Browser & { readonly personId: string; readonly email: string }>;
  /** The id of a loop that an agency works on, or has completed. */
  readonly loop: (state?: 'open' | 'completed') => Promise<string>;
  readonly patient: () => Promise<string>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  // Links that sign in, there are only in the store of a demo.
  const settings = { ...MAILS_NOWHERE, DEMO_STORE: 'true', PASSWORD_COST: '14', POLICIES_DIR: askingClients() };
  const hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { settings });
  const setUpCode = (await newSetUpCode(hub.deps.db, hub.deps.now())) ?? '';
  const agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  const pushed = await addPartner(hub, 'Wheels', { address: 'http://127.0.0.1:9/fhir' });
  const hospital = await addPartner(hub, 'St. Anna Hospital');
  const provider = await startProvider(`${hub.url}/api/sign-in/oidc/harvest/callback`);
  const legs = legNetwork(() => hub);
  let people = 0;
  return {
    hub,
    hospital,
    agency,
    pushed,
    provider,
    setUpCode,
    somebody: async () => {
      people += 1;
      const email = `somebody${people}@hub.example`;
      return { ...(await join(hub, email, ['administrator', 'case-manager', 'supervisor'])), email };
    },
    loop: async (state = 'open') => {
      const id = await sendReferral(hub, hospital);
      if (state === 'completed') {
        await legs.say(id, agency, { status: 'completed', ...outcome('Two boxes') });
        await legs.read(id, hospital);
      }
      return id;
    },
    patient: async () => (await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id,
    close: async () => {
      await hub.close();
      await provider.close();
    },
  };
}

/** Signs somebody in once more, elsewhere. */
export async function elsewhere({ hub }: World, email: string): Promise<Browser> {
  const browser = openBrowser(hub.url);
  await browser.send('POST', '/api/session', { email, password: PASSWORD });
  return browser;
}
