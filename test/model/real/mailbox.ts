import { bytesOf } from '../../../src/access/mailbox/link.ts';
import { mailCode } from '../../../src/deliveries/mails/mail-code.ts';
import { type Browser, openBrowser } from '../../access/people/browser.ts';
import type { TestHub } from '../../support/hub.ts';
import { type MailServer, mailServer } from '../../support/mail-server.ts';
import { codeIn, linkIn, textIn } from '../../support/read-mail.ts';
import type { Said } from '../world.ts';
import { said } from './by-hand.ts';

/** The mailboxes of those who have nothing else, and the people who read them. */
export interface Mailboxes {
  readonly url: string;
  /**
   * Somebody opens the link that was mailed last for a Task, and says something; by a visit that goes on, if there is one.
   * @returns undefined where no link was mailed
   */
  say(hub: TestHub, taskId: string, what: 'answer' | 'messages', body: object): Promise<Said | undefined>;
  close(): Promise<void>;
}

interface Visit {
  readonly browser: Browser;
  readonly openedAt: number;
  usedAt: number;
}

/** A visit ends after so long without a request, and after so long in any case: it is not tried for longer. */
const IDLE_MS = 15 * 60_000;
const LONGEST_MS = 110 * 60_000;

export async function startMailboxes(): Promise<Mailboxes> {
  const server = await mailServer();
  const links = linksIn(server);
  const visits = new Map<string, Visit>();
  return {
    url: server.url,
    say: async (hub, taskId, what, body) => {
      const link = await links(hub, taskId);
      if (!link) return undefined;
      const now = hub.deps.now().getTime();
      let visit = visits.get(taskId);
      if (!visit || now - visit.usedAt > IDLE_MS || now - visit.openedAt > LONGEST_MS) {
        const browser = openBrowser(hub.url);
        const refused = await open(hub, server, browser, link);
        if (refused) return refused;
        visit = { browser, openedAt: now, usedAt: now };
        visits.set(taskId, visit);
      }
      visit.usedAt = now;
      return said(await visit.browser.send('POST', `/api/mailbox/${what}`, body));
    },
    close: server.close,
  };
}

/** The link that was mailed last for a Task. */
function linksIn({ mails }: MailServer): (hub: TestHub, taskId: string) => Promise<string | undefined> {
  const tokens = new Map<string, string>();
  let read = 0;
  return async ({ deps }, taskId) => {
    for (; read < mails.length; read += 1) {
      const token = linkIn(textIn(mails[read]?.raw ?? ''));
      if (token) tokens.set(bytesOf(token).toString('hex'), token);
    }
    const [row] = await deps.db.query<{ digest: string }>(
      `SELECT encode(digest, 'hex') AS digest FROM mailbox_link WHERE task_id = $1 ORDER BY created_at DESC LIMIT 1`,
      [taskId],
    );
    return row && tokens.get(row.digest);
  };
}

/** Has a code sent, enters it, and looks at what is asked. @returns why that is not possible */
async function open(hub: TestHub, { mails }: MailServer, browser: Browser, link: string): Promise<Said | undefined> {
  const asked = said(await browser.send('POST', '/api/mailbox/code', { link }));
  if (!asked.ok) return asked;
  const [row] = await hub.deps.db.query<{ id: string }>(
    'SELECT id FROM mailbox_code WHERE link = $1 ORDER BY seq DESC LIMIT 1',
    [bytesOf(link)],
  );
  const { delivering, db, now } = hub.deps;
  await mailCode({ ...delivering, db, now, address: hub.url }, row?.id ?? '');
  const mail = mails.findLast(({ raw }) => raw.includes(row?.id ?? 'none'));
  const entered = { link, code: codeIn(textIn(mail?.raw ?? '')), name: 'Kim Frontdesk' };
  const opened = said(await browser.send('POST', '/api/mailbox/open', entered));
  if (!opened.ok) throw new Error(`A code that was mailed opens nothing: ${opened.text}`);
  return asFailed(said(await browser.send('GET', '/api/mailbox')));
}

function asFailed(read: Said): Said | undefined {
  return read.ok ? undefined : read;
}
