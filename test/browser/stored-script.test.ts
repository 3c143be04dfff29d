import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { Browser } from 'playwright-core';
import { setUpLine } from '../../src/access/sign-in/set-up-link.ts';
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

describe('a script that somebody has written into a text', () => {
  let hub: TestHub;
  let browser: Browser;
  let hospital: Partner;
  let agency: Partner;
  let loop = '';
  let here: Visit;

  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    hub = await startHub('embedded', { workers: true, settings: { PASSWORD_COST: '14' } });
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
    browser = await launchBrowser();
    here = await signedIn();
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

  browserTest('is shown as text wherever that is shown, and does not run', async () => {
    const { page, complaints } = here;
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      dialog.dismiss().catch(() => undefined);
    });
    for (const [path, words] of [
      ['/', /Okonkwo <img/],
      ['/people', /Anna <img/],
      [`/loops/${loop}`, /Food <img/],
      [`/loops/${loop}`, /No <img/],
    ] as const) {
      await page.goto(`${hub.url}${path}`);
      await page.getByText(words).first().waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      expect(await page.evaluate('window.ran')).toBeUndefined();
      expect(await page.locator('main img[src=x], main svg[onload], main script').count()).toBe(0);
    }
    expect(dialogs).toEqual([]);
    expect(complaints).toEqual([]);
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
