import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { legNetwork } from '../flows/legs/leg-network.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { settled } from '../workers/late-loops.ts';
import { launchBrowser, phone, screenshot } from './browser.ts';
import { visitAs } from './visit-as.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

describe('the timeline of a referral, in a real browser', () => {
  let hub: TestHub;
  let browser: Browser;
  let id: string;
  const { say } = legNetwork(() => hub);
  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, settings: { PASSWORD_COST: '14' } });
    const pantry: Partner = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    id = await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'));
    await settled(hub.deps);
    await say(id, pantry, { status: 'accepted', note: [{ text: 'The first note', authorString: 'Ann' }] });
    // More than a page of it.
    for (let at = 2; at <= 60; at += 1)
      await say(id, pantry, { note: [{ text: `Note number ${at}`, authorString: 'Ann' }] });
    await settled(hub.deps);
    browser = await launchBrowser();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  browserTest('is read to its beginning by keyboard, and one side of it at a time', async () => {
    const { page, complaints } = await visitAs(hub, 'case-manager', browser);
    await page.goto(`${hub.url}/loops/${id}`);
    const panel = page.getByRole('region', { name: 'Timeline' });
    await panel.getByText('Note number 60').waitFor();
    expect(await panel.getByText('The first note').count()).toBe(0);
    await panel.getByRole('button', { name: 'Show earlier' }).focus();
    await page.keyboard.press('Enter');
    await panel.getByText('The first note').waitFor();
    expect(await panel.getByRole('button', { name: 'Show earlier' }).count()).toBe(0);
    // Who reads on does so where the earlier ones begin.
    const focused = await page.evaluate<string>('document.activeElement?.id ?? ""');
    expect(focused).toMatch(/^happened-/);
    await panel.getByText('Harvest Food Bank may read: the client’s record, what is asked, and the referral').waitFor();

    await panel.getByLabel('Show').selectOption('What was shared');
    await panel.getByText('Note number 60').waitFor({ state: 'detached' });
    await panel.getByText(/^Harvest Food Bank may read/).waitFor();
    await screenshot(page, 'timeline');
    await panel.getByLabel('Show').selectOption('Signatures');
    await panel.getByText('Nothing of this kind has happened.').waitFor();
    expect(complaints).toEqual([]);

    const small = await visitAs(hub, 'case-manager', browser, {
      viewport: phone,
      colorScheme: 'dark',
      locale: 'sv-SE',
    });
    await small.page.goto(`${hub.url}/loops/${id}`);
    await small.page.getByText('Anteckning av Ann').first().waitFor();
    expect(await small.page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await screenshot(small.page, 'timeline-phone');
  });
});
