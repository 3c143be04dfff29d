import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Bundle, Patient, ServiceRequest } from '@medplum/fhirtypes';
import { type Browser, openBrowser } from '../../access/people/browser.ts';
import { call, done } from '../../support/api.ts';
import { createClock, type TestClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type MailServer, mailServer } from '../../support/mail-server.ts';
import { addMailbox } from '../../support/mailbox.ts';
import { addPartner, type Partner, referralBundle } from '../../support/network.ts';
import { codeIn, linkIn, textIn } from '../../support/read-mail.ts';
import { BY_HAND, settled } from '../../workers/late-loops.ts';
import { legNetwork } from '../legs/leg-network.ts';

export const MONDAY = '2026-03-02T09:00:00.000Z';
export const BOX = 'desk@harvest.example';

/** Makes a referral say more. */
type Change = (patient: Patient, request: ServiceRequest) => void;

interface Parts {
  hub: TestHub;
  hospital: Partner;
  agency: Partner;
  mails: MailServer;
  /** The id of the Endpoint that is the agency's mailbox. */
  box: string;
}

/** A hub, a hospital, and an agency that has only a mailbox; and what tests ask them. */
export function mailboxNetwork(settings: Record<string, string> = {}) {
  const clock: TestClock = createClock(MONDAY);
  const parts = {} as Parts;
  const legs = legNetwork(() => parts.hub);
  beforeAll(async () => {
    const mails = await mailServer();
    const all = { ...BY_HAND, PASSWORD_COST: '14', SMTP_URL: mails.url, MAIL_FROM: 'hub@hub.example', ...settings };
    const hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, now: clock.now, settings: all });
    const agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    const box = await addMailbox(hub, agency.id, BOX);
    Object.assign(parts, { hub, agency, box, mails, hospital: await addPartner(hub, 'St. Anna Hospital') });
  });
  afterAll(async () => {
    await closeHealthy(parts.hub);
    await parts.mails?.close();
  });

  /** The only mail with a subject that the agency has got since mails were forgotten. */
  const mailed = async (subject: string): Promise<string> =>
    eventually(() => {
      const found = parts.mails.mails.filter(({ to, raw }) => to.includes(BOX) && raw.includes(`Subject: ${subject}`));
      expect(found.length).toBe(1);
      return textIn(found[0]?.raw ?? '');
    });
  /** Sends a referral that the agency is to be asked. @returns its loop, and the client */
  const sent = async (change?: Change): Promise<{ id: string; patient: string }> => {
    parts.mails.mails.splice(0);
    const bundle = referralBundle(parts.hospital);
    const [patient, request] = (bundle.entry ?? []).map(({ resource }) => resource);
    change?.(patient as Patient, request as ServiceRequest);
    const answer = await done<Bundle>(call('POST', parts.hub.fhir, { token: parts.hospital.token, body: bundle }));
    const ids = (answer.entry ?? []).map(({ response }) => response?.location?.split('/')[1] ?? '');
    return { id: ids[2] ?? '', patient: `Patient/${ids[0]}` };
  };
  /** Sends a referral that the agency is asked. @returns its loop, and the token of the link that was mailed */
  const asked = async (change?: Change): Promise<{ id: string; link: string }> => {
    const { id } = await sent(change);
    const mail = await mailed('A referral waits for your organization');
    await settled(parts.hub.deps);
    return { id, link: linkIn(mail) };
  };
  const stranger = (): Browser => openBrowser(parts.hub.url);
  /** Has a code sent. @returns it, as the mailbox has got it */
  const codeFor = async (link: string, by = stranger()): Promise<string> => {
    parts.mails.mails.splice(0);
    clock.advance(31_000);
    expect((await by.send('POST', '/api/mailbox/code', { link })).status).toBe(204);
    return codeIn(await mailed('Your code'));
  };
  /** @returns the browser of somebody who came in */
  const opened = async (link: string, name = 'Kim Frontdesk'): Promise<Browser> => {
    const browser = stranger();
    const code = await codeFor(link, browser);
    const answer = await browser.send('POST', '/api/mailbox/open', { link, code, name });
    expect([answer.status, answer.body]).toEqual([201, { csrfToken: expect.any(String) }]);
    return browser;
  };
  return { parts, clock, ...legs, mailed, sent, asked, stranger, codeFor, opened };
}

export async function switchMailbox(hub: TestHub, id: string, change: object): Promise<void> {
  const endpoint = await done(call('GET', `${hub.fhir}/Endpoint/${id}`));
  await done(call('PUT', `${hub.fhir}/Endpoint/${id}`, { body: { ...endpoint, ...change } }));
}
