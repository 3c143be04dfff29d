import { randomUUID } from 'node:crypto';
import type { Endpoint } from '@medplum/fhirtypes';
import { digestOfCode } from '../../../src/access/mailbox/code.ts';
import { linkOf, makeLink } from '../../../src/access/mailbox/link.ts';
import { call, found } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { addMailbox } from '../../support/mailbox.ts';
import { type Browser, openBrowser } from './browser.ts';

const CODE = '12345678';

/** A hub that mails, to nobody: codes are made by `codeTo`. */
export const MAILS_NOWHERE = { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'hub@hub.example' };

/** Makes a mailbox of an organization, where it has none. @returns its address */
export async function giveMailbox(hub: TestHub, organizationId: string): Promise<string> {
  const address = `desk-${organizationId}@agency.example`;
  const known = found<Endpoint>(await call('GET', `${hub.fhir}/Endpoint?organization=${organizationId}`));
  if (known.some((each) => each.address === `mailto:${address}`)) return address;
  await addMailbox(hub, organizationId, address);
  return address;
}

/** A link to what an organization is asked, as if it had been mailed. */
export async function linkTo(
  hub: TestHub,
  { organizationId, loopId, taskId }: { organizationId: string; loopId: string; taskId: string },
): Promise<string> {
  const address = await giveMailbox(hub, organizationId);
  return makeLink(hub.deps.db, { organizationId, loopId, taskId, address }, hub.deps.now());
}

/** Has a code for a link, as if it had been mailed. */
export async function codeTo({ deps }: TestHub, link: string): Promise<string> {
  const { digest, taskId, organizationId } = await linkOf(deps.db, link, deps.now());
  const id = randomUUID();
  const until = new Date(deps.now().getTime() + 60_000);
  await deps.db.query(
    `INSERT INTO mailbox_code (id, link, task_id, organization_id, created_at, settled_at, digest, expires_at)
     VALUES ($1, $2, $3, $4, $5, $5, $6, $7)`,
    [id, digest, taskId, organizationId, deps.now(), digestOfCode(id, CODE), until],
  );
  return CODE;
}

/** Somebody who came by the mailbox of an organization. */
export async function comeByMailbox(
  hub: TestHub,
  about: { organizationId: string; loopId: string; taskId: string },
): Promise<Browser> {
  const link = await linkTo(hub, about);
  const browser = openBrowser(hub.url);
  const code = await codeTo(hub, link);
  const answer = await browser.send('POST', '/api/mailbox/open', { link, code, name: 'Kim Frontdesk' });
  if (answer.status !== 201) throw new Error(`refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
  return browser;
}
