import { setTimeout as pause } from 'node:timers/promises';
import type { MailServer } from '../support/mail-server.ts';
import { codeIn, linkIn, textIn } from '../support/read-mail.ts';
import { ask, asVisitor } from './hub/page.ts';
import { createLedger, type Ledger } from './ledger.ts';

export interface ParishPantryOptions {
  readonly hubUrl: string;
  /** Where its mails arrive, and its address. */
  readonly mails: MailServer;
  readonly address: string;
  readonly pace: () => Promise<void>;
  readonly stop: AbortSignal;
}

/** An agency that has only a mailbox: somebody reads its mails, opens their links by a code, and answers on the page. */
export interface ParishPantry {
  /** Told about clients, by their references: a mail says nothing, and the page names no Task. */
  readonly ledger: Ledger;
  close(): Promise<void>;
}

const LOOK_MS = 50;
const STEPS = [
  { status: 'accepted' },
  { status: 'in-progress' },
  { status: 'completed', outcome: 'services-provided', text: 'Lunch at the parish hall, and a bag to take home' },
] as const;

export function startParishPantry(options: ParishPantryOptions): ParishPantry {
  const ledger = createLedger();
  const working: Promise<void>[] = [];
  const noteFailure = (thrown: unknown): void => {
    const detail = thrown instanceof Error ? thrown.message : 'failed';
    ledger.write({ kind: 'did', what: 'failed', about: '', detail });
  };
  const open = async (link: string): Promise<void> => {
    const headers = await enter(options, link);
    working.push(workOn(options, ledger, headers).catch(noteFailure));
  };
  const reading = readMails(options, (link) => open(link).catch(noteFailure));
  return {
    ledger,
    close: async () => {
      await reading;
      await Promise.all(working);
    },
  };
}

/** One after another: of two codes on their way nobody could tell which is for which. */
async function readMails({ mails, address, stop }: ParishPantryOptions, open: (link: string) => Promise<void>) {
  for (let read = 0; !stop.aborted; ) {
    const mail = mails.mails[read];
    if (mail) {
      read += 1;
      if (mail.to.includes(address) && isOffer(mail.raw)) await open(linkIn(textIn(mail.raw)));
    } else await pause(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

function isOffer(raw: string): boolean {
  return raw.includes('Subject: A referral waits for your organization');
}

/** @returns the headers of who came in */
async function enter(
  { hubUrl, mails, address, stop }: ParishPantryOptions,
  link: string,
): Promise<Record<string, string>> {
  const before = mails.mails.length;
  await ask(`${hubUrl}/api/mailbox/code`, { link });
  for (;;) {
    const codes = mails.mails.slice(before).filter(({ to }) => to.includes(address));
    const code = codes.map(({ raw }) => codeIn(textIn(raw))).find(Boolean);
    if (code) return asVisitor(await ask(`${hubUrl}/api/mailbox/open`, { link, code, name: 'Pat Sexton' }));
    await pause(LOOK_MS, undefined, { signal: stop });
  }
}

async function workOn(
  { hubUrl, pace }: ParishPantryOptions,
  ledger: Ledger,
  headers: Record<string, string>,
): Promise<void> {
  const { body } = await ask(`${hubUrl}/api/mailbox`, undefined, { method: 'GET', headers });
  const { client, status } = body as { client: { reference: string }; status: string };
  ledger.write({ kind: 'told', what: 'opened', about: client.reference, status });
  for (const step of STEPS) {
    await pace();
    await ask(`${hubUrl}/api/mailbox/answer`, step, { headers });
    ledger.write({ kind: 'did', what: step.status, about: client.reference });
  }
}
