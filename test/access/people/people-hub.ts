import { addPerson } from '../../../src/access/people/people.ts';
import { newSetUpCode } from '../../../src/access/sign-in/set-up.ts';
import type { Role } from '../../../src/fhir/role.ts';
import { newKey } from '../../../src/secrets/keys.ts';
import { createClock, type TestClock } from '../../support/clock.ts';
import type { DatabaseKind } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type Browser, openBrowser } from './browser.ts';

export const PASSWORD = 'correct horse battery';

/** A hub with little work for passwords, and a clock. */
export async function startPeopleHub(
  kind: DatabaseKind,
  settings: Record<string, string> = {},
): Promise<TestHub & { clock: TestClock }> {
  const clock = createClock();
  const hub = await startHub(kind, {
    now: clock.now,
    settings: { PASSWORD_COST: '14', SECRETS_KEYS: newKey(), ...settings },
  });
  return { ...hub, clock };
}

/** Sets a hub up by the link of its start. @returns the browser of its first person */
export async function setUp(hub: TestHub, roles?: Role[]): Promise<Browser> {
  const browser = openBrowser(hub.url);
  const code = await newSetUpCode(hub.deps.db, hub.deps.now());
  const body = { code, name: 'Ada Admin', email: 'ada@hub.example', password: PASSWORD, ...(roles ? { roles } : {}) };
  const { status, body: said } = await browser.send('POST', '/api/setup', body);
  if (status !== 201) throw new Error(`refused with ${status}: ${JSON.stringify(said)}`);
  return browser;
}

/** Somebody who was invited and has chosen a password. @returns the browser they are signed in with */
export async function join(
  hub: TestHub,
  email: string,
  roles: Role[],
  { organizationId = hub.deps.hubOrg, patientId }: { organizationId?: string; patientId?: string | undefined } = {},
): Promise<Browser & { readonly personId: string }> {
  const by = { kind: 'hub', organizationId: hub.deps.hubOrg } as const;
  const name = `${email.split('@')[0]} Somebody`;
  const { person, invitation } = await addPerson(hub.deps, by, { name, email, organizationId, roles, patientId });
  const browser = openBrowser(hub.url);
  const answer = await browser.send('POST', '/api/invitations/accept', { code: invitation.code, password: PASSWORD });
  if (answer.status !== 200) throw new Error(`refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
  return { ...browser, personId: person.id };
}

/** Signs in from a new browser. */
export async function signIn(
  hub: TestHub,
  email: string,
  password = PASSWORD,
  code?: string,
): Promise<{ browser: Browser; status: number; body: unknown; headers: Headers }> {
  const browser = openBrowser(hub.url);
  const said = { email, password, ...(code === undefined ? {} : { code }) };
  return { browser, ...(await browser.send('POST', '/api/session', said)) };
}
