import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { Browser, Page } from 'playwright-core';
import { setUpLine } from '../../src/access/sign-in/set-up-link.ts';
import { comeByMailbox, MAILS_NOWHERE } from '../access/people/visitor.ts';
import { readProjectFile } from '../house/source-files.ts';
import { call, done, found } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';
import { operatorToken } from '../support/operator.ts';
import { launchBrowser, type Visit, visit } from './browser.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

/** Each would say so on `window.ran`, if it ran. */
const run = (how: string): string => `window.ran=(window.ran||'')+'${how};'`;
const NAME = `<img src=x onerror="${run('img')}">`;
const SCRIPTS = [
  NAME,
  `"><script>${run('script')}</script>`,
  `<svg onload="${run('svg')}">`,
  `javascript:${run('url')}`,
  `{{constructor.constructor("${run('template')}")()}}`,
].join(' ');

/** In the page: what is of somebody's making, by its markup or its address. */
const FOREIGN = `[...document.querySelectorAll('img[src="x"], svg[onload], [onerror], [onload], script:not([src^="/"])')]
  .map((each) => each.outerHTML)
  .concat([...document.querySelectorAll('[href], [src], [action], [formaction], [xlink\\\\:href]')]
    .flatMap((each) => ['href', 'src', 'action', 'formaction', 'xlink:href'].map((name) => each.getAttribute(name) ?? ''))
    .filter((address) => /^\\s*(javascript|data|vbscript):/i.test(address)))`;

describe('a script that somebody has written into a text', () => {
  let hub: TestHub;
  let browser: Browser;
  let hospital: Partner;
  let agency: Partner;
  let loop = '';
  let invitation = '';
  let here: Visit;
  /** Who came by the mailbox of the agency. */
  let visitor: Visit;

  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    hub = await startHub('embedded', { workers: true, settings: { PASSWORD_COST: '14', ...MAILS_NOWHERE } });
    hospital = await named(await addPartner(hub, 'St. Anna'));
    agency = await named(await addPartner(hub, 'Food', { category: 'food-insecurity' }));
    const referral = JSON.stringify(referralBundle(hospital, { family: 'FAMILY' }))
      .replaceAll('FAMILY', JSON.stringify(`Okonkwo ${SCRIPTS}`).slice(1, -1))
      .replaceAll('Robin', JSON.stringify(`Robin ${SCRIPTS}`).slice(1, -1))
      .replaceAll('Help with a food pantry application', JSON.stringify(`Help ${SCRIPTS}`).slice(1, -1))
      .replaceAll('"display":"Food Insecurity"', `"display":${JSON.stringify(`Food ${SCRIPTS}`)}`);
    await done(call('POST', hub.fhir, { token: hospital.token, body: referral }));
    const tasks = found<Task>(await call('GET', `${hub.fhir}/Task`, { token: agency.token }));
    const leg = tasks.find(({ partOf }) => partOf);
    loop = String(leg?.partOf?.[0]?.reference).split('/')[1] ?? '';
    const progress = { status: 'accepted', businessStatus: { text: `Booked ${SCRIPTS}` } };
    await report(leg, progress);
    await report(leg, { status: 'in-progress', businessStatus: { text: `Working ${SCRIPTS}` } });
    await report(leg, { status: 'failed', statusReason: { text: `No ${SCRIPTS}` } });
    await hub.deps.db.query(
      `INSERT INTO identity_provider (id, name, issuer, client_id, organization_id, created_at)
       VALUES ('evil', $1, 'https://idp.example', 'hub', $2, now())`,
      [`Provider ${SCRIPTS}`, hospital.id],
    );
    browser = await launchBrowser();
    here = await signedIn();
    await brokenGlass();
    invitation = await invited();
    visitor = await visiting(leg?.id ?? '');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  /** Somebody at the hub, whose own name is one too. */
  const signedIn = async (): Promise<Visit> => {
    const signing = await visit(browser);
    const { page } = signing;
    await page.goto(((await setUpLine(hub.deps, hub.url)) ?? '').replace('Set up this hub: ', ''));
    const fields = { Name: `Anna ${NAME}`, 'E-mail address': 'anna@hub.example', Password: 'three red bicycles' };
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Loops', exact: true }).waitFor();
    return signing;
  };
  /** Somebody else has read what is not for their role, and says so in such words. */
  const brokenGlass = async (): Promise<void> => {
    const [person] = await hub.deps.db.query<{ id: string }>('SELECT id FROM person');
    await hub.deps.db.query(
      `INSERT INTO person (id, name, email, email_key, organization_id, roles, created_at)
       VALUES (gen_random_uuid(), $1, 'eve@hub.example', 'eve@hub.example', 'careloop', '{administrator}', now())`,
      [`Eve ${SCRIPTS}`],
    );
    const roles = `'{administrator,case-manager,supervisor}'`;
    await hub.deps.db.query(`UPDATE person SET roles = ${roles} WHERE id = $1`, [person?.id]);
    await hub.deps.db.query(
      `INSERT INTO break_glass (id, person_id, reason, started_at, ends_at)
       SELECT gen_random_uuid(), id, $1, now(), now() + interval '1 hour' FROM person WHERE id <> $2`,
      [`Because ${SCRIPTS}`, person?.id],
    );
  };
  const invited = async (): Promise<string> => {
    const body = {
      name: `Omar ${NAME}`,
      email: 'omar@food.example',
      organizationId: agency.id,
      roles: ['agency-worker'],
    };
    const answer = await call<{ invitation: string }>('POST', `${hub.url}/api/people`, { body });
    expect(answer.status).toBe(201);
    return answer.body.invitation;
  };
  const visiting = async (taskId: string): Promise<Visit> => {
    const letIn = await comeByMailbox(hub, { organizationId: agency.id, loopId: loop, taskId });
    const coming = await visit(browser);
    const { name } = hub.deps.sessions.cookie;
    await coming.context.addCookies([{ name, value: letIn.cookie() ?? '', url: hub.url }]);
    return coming;
  };
  const named = async (partner: Partner): Promise<Partner> => {
    const name = `${partner.name} ${SCRIPTS}`;
    const body = { resourceType: 'Organization', id: partner.id, active: true, name };
    await done(call('PUT', `${hub.fhir}/Organization/${partner.id}`, { body }));
    return partner;
  };
  const report = async (leg: (Task & { id: string }) | undefined, change: object): Promise<void> => {
    const url = `${hub.fhir}/Task/${leg?.id}`;
    const { body } = await call<Task>('GET', url, { token: agency.token });
    await done(call('PUT', url, { token: agency.token, body: { ...body, ...change } }));
  };

  /** Every page of the router: where it is opened, by whom, and what of the texts must be seen there before it counts. */
  const PAGES: Readonly<Record<string, { at: () => string; words: readonly RegExp[]; by?: 'stranger' | 'visitor' }>> = {
    '/': { at: () => '/', words: [/Okonkwo <img/] },
    '/loops/:id': {
      at: () => `/loops/${loop}`,
      words: [/Okonkwo <img/, /Food <img/, /No <img/, /St\. Anna <img/],
    },
    '/account': { at: () => '/account', words: [/Anna <img/] },
    '/people': { at: () => '/people', words: [/Anna <img/, /Eve <img/, /Omar <img/, /Food <img/] },
    '/measures': { at: () => '/measures', words: [/received/i] },
    '/emergency': { at: () => '/emergency', words: [/Because <img/, /Eve <img/] },
    '/sign-in': {
      at: () => `/sign-in?returnTo=${encodeURIComponent(`javascript:${run('return')}`)}#problem=${SCRIPTS}`,
      words: [/Provider <img/],
      by: 'stranger',
    },
    '/set-up': { at: () => `/set-up#${SCRIPTS}`, words: [/Set up this hub/], by: 'stranger' },
    '/your-experience': { at: () => `/your-experience#${SCRIPTS}`, words: [], by: 'stranger' },
    '/answer': {
      at: () => '/answer',
      words: [/Okonkwo <img/, /Help <img/, /No <img/, /Food <img/],
      by: 'visitor',
    },
    '/invitation': {
      at: () => new URL(invitation).pathname + new URL(invitation).hash,
      words: [/Omar <img/, /Food <img/],
      by: 'stranger',
    },
    '*': { at: () => `/loops/${encodeURIComponent(SCRIPTS)}`, words: [] },
  };

  test('is looked for on every page there is', () => {
    const routes = [...readProjectFile('web/main.tsx').matchAll(/path: '([^']+)'/g)].map(([, path]) => path);
    expect(Object.keys(PAGES).sort()).toEqual(routes.sort());
  });

  browserTest.each(Object.keys(PAGES))('is shown as text, and does not run, at %s', async (route) => {
    const { at, words, by } = PAGES[route] as (typeof PAGES)[string];
    const { page, complaints } = by === 'stranger' ? await visit(browser) : by === 'visitor' ? visitor : here;
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      dialog.dismiss().catch(() => undefined);
    });
    const before = complaints.length;
    await page.goto('about:blank');
    await page.goto(`${hub.url}${at()}`);
    await page.locator('main h1').waitFor();
    for (const each of words) await page.getByText(each).first().waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await pressAll(page);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(await page.evaluate(FOREIGN)).toEqual([]);
    expect(dialogs).toEqual([]);
    // What a refusal says in the console is no script.
    expect(complaints.slice(before).filter((each) => !/status of 40[0134]/.test(each))).toEqual([]);
  });

  /** Opens whatever opens in place, e.g. a person's details: more texts are shown then. What is opened is no longer among what is closed. */
  const pressAll = async (page: Page): Promise<void> => {
    for (const each of await page.locator('main button[aria-expanded=false], main summary').elementHandles()) {
      await each.click({ timeout: 2_000 }).catch(() => undefined);
    }
    await settled(page);
  };
  /** Until what was opened has come: the page is the same a few times in turn. */
  const settled = async (page: Page): Promise<void> => {
    let [text, same] = ['', 0];
    for (let tries = 0; tries < 100 && same < 3; tries += 1) {
      const now = await page.locator('main').innerHTML();
      same = now === text ? same + 1 : 0;
      text = now;
      await page.waitForTimeout(100);
    }
  };

  browserTest('does not run as the address that a sign-in goes back to', async () => {
    const { page } = await visit(browser);
    await page.goto(`${hub.url}/sign-in?returnTo=${encodeURIComponent(`javascript:${run('return')}`)}`);
    const fields = { 'E-mail address': 'anna@hub.example', Password: 'three red bicycles' };
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Loops', exact: true }).waitFor();
    expect(await page.evaluate('window.ran')).toBeUndefined();
  });

  browserTest('would not run even if it came into the page: the policy of the page forbids it', async () => {
    const { page, complaints } = here;
    await page.goto(hub.url);
    await page
      .getByText(/Okonkwo <img/)
      .first()
      .waitFor();
    await page.evaluate(`{
      const holder = document.createElement('div');
      holder.innerHTML = ${JSON.stringify(SCRIPTS)};
      document.body.append(holder);
      const inline = document.createElement('script');
      inline.textContent = "window.ran = 'inline'";
      document.body.append(inline);
      const elsewhere = document.createElement('script');
      elsewhere.src = 'data:text/javascript,window.ran=1';
      document.body.append(elsewhere);
    }`);
    await expect(page.waitForFunction('window.ran !== undefined', undefined, { timeout: 1_000 })).rejects.toThrow();
    expect(complaints.join('\n')).toMatch(/Content Security Policy/);
  });

  test('is told to browsers as data, never as a page', async () => {
    for (const path of [
      '/fhir/R4/Patient',
      `/api/loops/${loop}`,
      '/fhir/R4/Task?_format=xml',
      `/fhir/R4/${encodeURIComponent(SCRIPTS)}`,
    ]) {
      const response = await fetch(`${hub.url}${path}`, {
        headers: { authorization: `Bearer ${operatorToken(hub.url)}`, accept: 'text/html,*/*' },
      });
      expect(response.headers.get('content-type')).toMatch(/json|xml/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      await response.text();
    }
  });
});
