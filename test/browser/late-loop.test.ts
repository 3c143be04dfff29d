import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createClock } from '../support/clock.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { BY_HAND, fire, passTo, settled } from '../workers/late-loops.ts';
import { launchBrowser, phone, screenshot } from './browser.ts';
import { visitAs } from './visit-as.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

describe('a referral that nobody answers, in a real browser', () => {
  const clock = createClock('2026-03-02T09:00:00.000Z');
  let hub: TestHub;
  let browser: Browser;
  let id: string;
  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    const settings = { ...BY_HAND, PASSWORD_COST: '14' };
    hub = await startHub('embedded', { workers: true, now: clock.now, settings });
    await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    id = await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'));
    await settled(hub.deps);
    for (const day of ['04', '05', '06', '09']) {
      await passTo(hub, clock, `2026-03-${day}T09:00:00.000Z`);
      await fire(hub);
    }
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  browserTest('says who was reminded how, and who must look, in the words of the page', async () => {
    for (const [name, look] of [
      ['late-loop', {}],
      ['late-loop-phone', { viewport: phone, colorScheme: 'dark' }],
    ] as const) {
      const { page } = await visitAs(hub, 'case-manager', browser, look);
      await page.goto(`${hub.url}/loops/${id}`);
      for (const line of [
        'Late: Harvest Food Bank is reminded',
        'Still late: the hub could do nothing by itself',
        'Still late: on the case managers’ list',
        'Still late: supervisors are told',
      ]) {
        await page.getByText(line).first().waitFor();
      }
      expect(await page.getByText('no other way to reach them').count()).toBe(1);
      await screenshot(page, name);
    }
  });
});
