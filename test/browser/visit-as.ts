import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { insertPerson } from '../../src/access/people/person.ts';
import { openSession } from '../../src/access/sessions/session.ts';
import type { Role } from '../../src/fhir/role.ts';
import type { TestHub } from '../support/hub.ts';
import { type Visit, visit } from './browser.ts';

/** A reader who has signed in already, as somebody of the hub. */
export async function visitAs(
  { deps, url }: TestHub,
  role: Role,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const id = randomUUID();
  const person = { id, name: 'Casey Morgan', email: `${id}@hub.example`, organizationId: deps.hubOrg, roles: [role] };
  const { cookie } = await deps.db.transaction(async (tx) => {
    await insertPerson(tx, person, deps.now());
    return openSession(tx, deps.sessions, { personId: id, how: 'password', secondFactor: false }, deps.now());
  });
  const here = await visit(browser, options);
  await here.context.addCookies([{ name: deps.sessions.cookie.name, value: cookie, url }]);
  return here;
}
