import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { Browser } from 'playwright-core';
import { call, done, found } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { operatorToken } from '../support/operator.ts';
import { launchBrowser, phone, screenshot, visit } from './browser.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

describe('the console, in a real browser', () => {
  let hub: TestHub;
  let browser: Browser;
  let hospital: Partner;
  let agency: Partner;

  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    hub = await startHub('embedded', { workers: true });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  const legOf = async (id: string): Promise<Task & { id: string }> => {
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${id}`, { token: agency.token }));
    if (!leg) throw new Error('nobody was asked');
    return leg;
  };
  const report = async (id: string, change: Partial<Task>): Promise<void> => {
    const leg = await legOf(id);
    await done(call('PUT', `${hub.fhir}/Task/${leg.id}`, { token: agency.token, body: { ...leg, ...change } }));
  };

  browserTest(
    'shows who each loop waits for in plain words, and one loop from asked to closed while it happens',
    async () => {
      const id = await sendReferral(hub, hospital, { family: 'Okonkwo' });
      const { page, complaints } = await visit(browser, { token: operatorToken(hub.url) });
      await page.goto(hub.url);
      await page.getByText('Waiting for Harvest Food Bank to accept').waitFor();
      expect(await page.getByRole('main').innerText()).toContain('Robin Okonkwo');
      expect(await page.getByRole('main').innerText()).not.toMatch(/Task\.|requested/);
      await screenshot(page, 'loops');

      await page.getByRole('link', { name: /Okonkwo/ }).click();
      await page.getByRole('heading', { name: 'Robin Okonkwo' }).waitFor();
      expect(page.url()).toBe(`${hub.url}/loops/${id}`);
      await report(id, { status: 'accepted' });
      await page.getByText('Harvest Food Bank accepted').waitFor();
      await report(id, { status: 'in-progress' });
      await page.getByText('Harvest Food Bank started').waitFor();
      await report(id, {
        status: 'completed',
        output: [{ type: { text: 'done' }, valueCodeableConcept: { text: 'Card issued' } }],
      });
      await page.getByText('Harvest Food Bank completed it').waitFor();
      await call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token });
      await page.getByText('Services provided').first().waitFor();
      await page
        .getByText(/St\. Anna Hospital knows since/)
        .first()
        .waitFor();
      await screenshot(page, 'loop-closed');
      expect(complaints).toEqual([]);
    },
  );

  browserTest('shows a decline with its reason, on a phone and by keyboard', async () => {
    const id = await sendReferral(hub, hospital, { family: 'Lindqvist' });
    await report(id, { status: 'rejected', statusReason: { text: 'No places before May' } });
    const { page, complaints } = await visit(browser, {
      token: operatorToken(hub.url),
      viewport: phone,
      colorScheme: 'dark',
    });
    await page.goto(hub.url);
    const row = page.getByRole('link', { name: /Lindqvist/ });
    await row.focus();
    await page.keyboard.press('Enter');
    await page.getByText('No places before May').first().waitFor();
    await page
      .getByText(/Waiting for (a|the) case manager|Your move|Choose|choose/)
      .first()
      .waitFor();
    await screenshot(page, 'loop-declined-phone');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    expect(complaints).toEqual([]);
  });

  browserTest('tells of new loops without jumping', async () => {
    const { page } = await visit(browser, { token: operatorToken(hub.url) });
    await page.goto(hub.url);
    await page.getByRole('link', { name: /Lindqvist/ }).waitFor();
    await sendReferral(hub, hospital, { family: 'Nakamura' });
    const hint = page.getByRole('button', { name: /1 new/ });
    await hint.waitFor();
    expect(await page.getByRole('link', { name: /Nakamura/ }).count()).toBe(0);
    await hint.click();
    await page.getByRole('link', { name: /Nakamura/ }).waitFor();
  });
});
