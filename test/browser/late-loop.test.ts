import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createClock } from '../support/clock.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { BY_HAND, fire, loopOf, passTo, settled } from '../workers/late-loops.ts';
import { launchBrowser, phone, screenshot } from './browser.ts';
import { visitAs } from './visit-as.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

describe('a referral that nobody answers, in a real browser', () => {
  const clock = createClock('2026-03-02T09:00:00.000Z');
  let hub: TestHub;
  let browser: Browser;
  let hospital: Partner;
  let id: string;
  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    const settings = { ...BY_HAND, PASSWORD_COST: '14' };
    hub = await startHub('server', { workers: true, now: clock.now, settings });
    await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    id = await sendReferral(hub, hospital);
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

  browserTest('is offered to others by hand, openly: chosen among those that match, or found by name', async () => {
    await addPartner(hub, 'Community Kitchen', { category: 'food-insecurity' });
    await addPartner(hub, 'Green Pantry');
    const { page, complaints } = await visitAs(hub, 'case-manager', browser);
    await page.goto(`${hub.url}/loops/${id}`);
    await page.getByRole('button', { name: 'Ask somebody' }).click();
    const whom = page.getByRole('group', { name: 'Who is asked' });
    await whom.getByRole('checkbox', { name: /Harvest Food Bank.*is being asked/, disabled: true }).waitFor();
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('Choose somebody to ask.').waitFor();
    await whom.getByRole('checkbox', { name: /Community Kitchen/ }).check();
    await page.getByLabel('Another organization, by name').fill('nowhere');
    await page.getByLabel('Another organization, by name').press('Enter');
    await page.getByText('No organization has “nowhere” in its name.').waitFor();
    await page.getByLabel('Another organization, by name').fill('pantry');
    await page.getByRole('button', { name: 'Find' }).click();
    await whom.getByRole('checkbox', { name: /Green Pantry/ }).check();
    await page.getByRole('radio', { name: /All for the same/ }).check();
    expect(await whom.getByRole('checkbox', { checked: true }).count()).toBe(2);
    await screenshot(page, 'offer');
    await page.setViewportSize(phone);
    await screenshot(page, 'offer-phone');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('button', { name: 'Ask somebody' }).waitFor();
    const { legs } = await loopOf(hub, id);
    expect(legs.map(({ organization, status }) => `${organization.name}: ${status}`).sort()).toEqual([
      'Community Kitchen: requested',
      'Green Pantry: requested',
      'Harvest Food Bank: requested',
    ]);
    const offers = await hub.deps.db.query<{ offer: string | null }>(
      `SELECT content -> 'groupIdentifier' ->> 'value' AS offer FROM resource WHERE type = 'Task' AND id = ANY ($1)`,
      [legs.filter(({ organization }) => organization.name !== 'Harvest Food Bank').map((leg) => leg.id)],
    );
    expect([new Set(offers.map(({ offer }) => offer)).size, offers[0]?.offer]).toEqual([1, expect.any(String)]);
    expect(complaints).toEqual([]);
  });

  browserTest('is found among the late ones, in a view that is saved under a name, and shown again by it', async () => {
    const { page, complaints } = await visitAs(hub, 'case-manager', browser);
    await page.goto(hub.url);
    // What is chosen stands in the address, and the box shows that.
    await page.getByRole('checkbox', { name: 'Late only' }).click();
    await page.waitForURL(/overdue=true/);
    await page.getByLabel('Order').selectOption('Newest first');
    await page.waitForURL(/sort=-received/);
    await page.getByRole('link', { name: /Tester/ }).waitFor();
    expect(new URL(page.url()).searchParams.toString()).toBe('overdue=true&sort=-received');
    await page.getByRole('button', { name: 'Save this view' }).click();
    await page.getByLabel('Name of the view').fill('Late, newest first');
    await page.getByRole('checkbox', { name: 'For everybody in my organization' }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Forget this view' }).waitFor();
    await screenshot(page, 'saved-view');

    const other = await visitAs(hub, 'case-manager', browser, { viewport: phone });
    await other.page.goto(hub.url);
    await other.page.getByLabel('Saved views').selectOption('Late, newest first (Casey Morgan)');
    await other.page.waitForURL(/overdue=true/);
    await other.page.getByRole('checkbox', { name: 'Late only', checked: true }).waitFor();
    expect(new URL(other.page.url()).searchParams.toString()).toBe('overdue=true&sort=-received');
    await screenshot(other.page, 'saved-view-phone');
    expect(await other.page.getByRole('button', { name: 'Forget this view' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Forget this view' }).click();
    await page.getByRole('button', { name: 'Save this view' }).waitFor();
    expect([...complaints, ...other.complaints]).toEqual([]);
  });

  browserTest('is taken on by the hub, whose people do it: who has not answered is asked no more', async () => {
    const { page, complaints } = await visitAs(hub, 'case-manager', browser);
    const own = await sendReferral(hub, hospital);
    await page.goto(`${hub.url}/loops/${own}`);
    await page.getByRole('button', { name: 'Take it on' }).click();
    await page.getByText('You do it yourselves.').waitFor();
    await page.getByRole('button', { name: 'Take it on' }).click();
    await page.getByRole('button', { name: 'Close it' }).waitFor();
    expect(await page.getByRole('button', { name: 'Take it on' }).count()).toBe(0);
    const { legs } = await loopOf(hub, own);
    expect(legs.map(({ status }) => status).sort()).toEqual(['accepted', 'cancelled']);
    expect(complaints).toEqual([]);
  });
});
