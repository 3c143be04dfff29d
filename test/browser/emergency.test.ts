import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createClock } from '../support/clock.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { launchBrowser, phone, screenshot } from './browser.ts';
import { visitAs } from './visit-as.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;
const REASON = 'Fire in the house of a client, and nobody is on duty';

describe('emergency access, in a real browser', () => {
  const clock = createClock(new Date().toISOString());
  let hub: TestHub;
  let browser: Browser;
  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    hub = await startHub('embedded', { now: clock.now, settings: { PASSWORD_COST: '14' } });
    await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'), { family: 'Okonkwo' });
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  browserTest('an administrator says why, reads, and a supervisor is told, looks at it and ends it', async () => {
    const [admin, supervisor, phoneAdmin] = [
      await visitAs(hub, 'administrator', browser),
      await visitAs(hub, 'supervisor', browser),
      await visitAs(hub, 'administrator', browser, { viewport: phone, colorScheme: 'dark' }),
    ];
    const { page } = admin;
    await page.goto(hub.url);
    await page.getByRole('heading', { name: 'People' }).waitFor();
    await page.getByRole('link', { name: 'Emergency access' }).click();
    await page.getByRole('heading', { name: 'Emergency access' }).waitFor();
    expect(await page.getByRole('heading', { name: 'When it was used' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByText('Fill this in.').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('reason');
    await page.getByLabel('Why').fill('because');
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByText('Say in some words why: a supervisor reads it.').waitFor();
    await screenshot(page, 'emergency/refused');
    await page.getByLabel('Why').fill(REASON);
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('heading', { name: /^You are reading everything until / }).waitFor();
    await page.getByRole('link', { name: 'Loops', exact: true }).click();
    await page.getByText('Okonkwo').first().waitFor();
    await page
      .getByRole('status')
      .getByText(/^You are reading everything until /)
      .waitFor();
    await screenshot(page, 'emergency/under-way');

    const there = supervisor.page;
    await there.goto(hub.url);
    await there.getByText('Emergency access was used, and no supervisor has looked at it yet.').waitFor();
    await screenshot(there, 'emergency/told');
    await there.getByRole('link', { name: 'Look at it' }).click();
    await there.getByText(REASON).waitFor();
    await there.getByText('Nobody has looked at it').waitFor();
    await there.getByText('What was looked at').first().click();
    await there
      .getByText(/search-type|read|operation/)
      .first()
      .waitFor();
    await screenshot(there, 'emergency/uses');
    await there.getByRole('button', { name: /^I have looked at it: Casey Morgan/ }).click();
    await there.getByText(/^Looked at /).waitFor();
    await there.getByRole('link', { name: 'Loops', exact: true }).click();
    await there.getByRole('heading', { name: 'Loops', exact: true }).waitFor();
    expect(await there.getByText('Emergency access was used').count()).toBe(0);
    await there.goto(`${hub.url}/emergency`);
    await there.getByRole('button', { name: /^End it now: Casey Morgan/ }).click();
    await there.getByRole('button', { name: /^End it now/ }).waitFor({ state: 'detached' });
    await page.goto(hub.url);
    await page.getByRole('heading', { name: 'People' }).waitFor();

    const small = phoneAdmin.page;
    await small.goto(`${hub.url}/emergency`);
    await small.getByRole('heading', { name: 'Emergency access' }).waitFor();
    await small.getByLabel('Why').fill(REASON);
    await small.getByRole('button', { name: 'Begin' }).click();
    await small.getByRole('heading', { name: /^You are reading everything until / }).waitFor();
    expect(await small.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await screenshot(small, 'emergency/phone-dark');
    await small.getByRole('button', { name: 'End it now' }).click();
    await small.getByRole('heading', { name: 'Read everything for a time' }).waitFor();
    for (const { complaints } of [supervisor, phoneAdmin]) expect(complaints).toEqual([]);
    expect(admin.complaints.filter((each) => !/status of 400/.test(each))).toEqual([]);
  });

  browserTest('is for nobody else: not to begin, and not to look at', async () => {
    const [worker, auditor] = [await visitAs(hub, 'case-manager', browser), await visitAs(hub, 'auditor', browser)];
    await worker.page.goto(`${hub.url}/emergency`);
    await worker.page.getByText('You may not see this').waitFor();
    expect(await worker.page.getByRole('button', { name: 'Begin' }).count()).toBe(0);
    expect(await worker.page.getByRole('link', { name: 'Emergency access' }).count()).toBe(0);
    await auditor.page.goto(hub.url);
    await auditor.page.getByText(REASON).first().waitFor();
    expect(await auditor.page.getByRole('button', { name: /^I have looked at it/ }).count()).toBe(0);
  });

  browserTest.each(['es-MX', 'ko-KR', 'sv-SE', 'zh-CN'])('speaks %s, on a phone too', async (locale) => {
    const here = await visitAs(hub, 'supervisor', browser, { locale, viewport: phone });
    await here.page.goto(`${hub.url}/emergency`);
    await here.page.getByText(REASON).first().waitFor();
    expect(await here.page.locator('main').innerText()).not.toMatch(/emergency\.|Emergency|looked/);
    expect(await here.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await screenshot(here.page, `emergency/uses-${locale}`);
  });
});
