import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { backends, startHub, type TestHub } from '../../support/hub.ts';
import { type MailServer, mailServer } from '../../support/mail-server.ts';
import type { Browser } from './browser.ts';
import { join, setUp, signIn } from './people-hub.ts';

const REASON = 'Mrs. Okonkwo fell and nobody else is here';

describe.each(backends())(
  'supervisors are told by e-mail that the glass was broken, on $name',
  ({ store, queueSettings }) => {
    let hub: TestHub;
    let mailbox: MailServer;
    let admin: Browser;
    let sam: Browser;
    beforeAll(async () => {
      mailbox = await mailServer();
      const settings = {
        ...(await queueSettings()),
        PASSWORD_COST: '14',
        SMTP_URL: mailbox.url,
        MAIL_FROM: 'hub@hub.example',
        RETRY_SCHEDULE_MS: '20,20,20,20,20,20',
      };
      hub = await startHub(store, { workers: true, settings });
      admin = await setUp(hub, ['administrator']);
      sam = await join(hub, 'sam@hub.example', ['supervisor']);
      await join(hub, 'lou@hub.example', ['supervisor', 'administrator']);
      await join(hub, 'kim@hub.example', ['case-manager', 'auditor']);
      const gone = await join(hub, 'gone@hub.example', ['supervisor']);
      await admin.send('PATCH', `/api/people/${gone.personId}`, { active: false });
    });
    afterAll(async () => {
      await hub?.close();
      await mailbox?.close();
    });

    const settled = (count: number): Promise<{ outcome: string }[]> =>
      eventually(async () => {
        const rows = await hub.deps.db.query<{ outcome: string }>(
          'SELECT outcome FROM break_glass_mail WHERE settled_at IS NOT NULL ORDER BY settled_at, outcome',
        );
        expect(rows).toHaveLength(count);
        expect(await hub.deps.db.query('SELECT 1 FROM outbox')).toEqual([]);
        return rows;
      });

    test('each of them once, also where the mail server must be asked again; and nothing of whom or why', async () => {
      mailbox.answers.push(451, 451, 451);
      expect((await admin.send('POST', '/api/break-glass', { reason: REASON, minutes: 30 })).status).toBe(201);
      expect(await settled(2)).toEqual([{ outcome: 'smtp-taken' }, { outcome: 'smtp-taken' }]);
      expect(mailbox.mails.flatMap(({ to }) => to).sort()).toEqual(['lou@hub.example', 'sam@hub.example']);
      for (const { raw } of mailbox.mails) {
        expect(raw).toContain('Subject: Emergency access was used');
        expect(raw.replaceAll('=\r\n', '')).toContain(`${hub.url}/emergency`);
        expect(raw).not.toMatch(/Okonkwo|fell|Ada|Admin|ada@/);
      }
    });

    test('and not who has broken it; a mailbox that is refused is not tried for ever', async () => {
      mailbox.mails.splice(0);
      const { browser: lou } = await signIn(hub, 'lou@hub.example');
      mailbox.answers.push(550);
      expect((await lou.send('POST', '/api/break-glass', { reason: REASON, minutes: 5 })).status).toBe(201);
      expect((await settled(3)).at(-1)).toEqual({ outcome: 'smtp-550' });
      expect(mailbox.mails).toEqual([]);
      // It is on the supervisor's page all the same.
      expect((await sam.send('GET', '/api/session')).body).toMatchObject({ breakGlassUnseen: 2 });
    });
  },
);
