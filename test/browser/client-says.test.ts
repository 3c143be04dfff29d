import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { askingClients } from '../flows/clients/asking-clients.ts';
import { legNetwork, outcome } from '../flows/legs/leg-network.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { BY_HAND } from '../workers/late-loops.ts';
import { launchBrowser, phone, screenshot, visit } from './browser.ts';
import { visitAs } from './visit-as.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

describe('what a client says, in a real browser', () => {
  const folder = askingClients();
  let hub: TestHub;
  let browser: Browser;
  let id: string;
  const { read, say } = legNetwork(() => hub);
  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    const settings = { ...BY_HAND, PASSWORD_COST: '14', POLICIES_DIR: folder };
    hub = await startHub('embedded', { workers: true, settings });
    const agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    id = await sendReferral(hub, hospital);
    await say(id, agency, { status: 'completed', ...outcome('Two boxes') });
    await read(id, hospital);
    browser = await launchBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await closeHealthy(hub);
    rmSync(folder, { recursive: true });
  });

  const linkOn = async (page: Page): Promise<string> => {
    await page.getByRole('button', { name: 'Make a link for the client' }).click();
    return (await page.locator('.command code').textContent()) ?? '';
  };

  browserTest('a case manager hands out a link, the client says no, and the loop is opened again', async () => {
    const { page } = await visitAs(hub, 'case-manager', browser);
    await page.goto(`${hub.url}/loops/${id}`);
    await page.getByText('Waiting for the case manager to say whether it was received').first().waitFor();
    await page.getByRole('button', { name: 'Write down the answers' }).click();
    await page.getByRole('group', { name: 'Did you receive the service that was arranged for you?' }).waitFor();
    await page.getByRole('button', { name: 'Keep the answers' }).click();
    await page.getByText('This question needs an answer.').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    const link = await linkOn(page);
    await screenshot(page, 'client-link');

    const client = await visit(browser, { viewport: phone, locale: 'sv' });
    await client.page.goto(link);
    const received = client.page.getByRole('group', { name: 'Fick du den hjälp som ordnades åt dig?' });
    await received.getByText('Nej').click();
    await client.page.getByRole('group', { name: 'Behöver du fortfarande hjälp med detta?' }).getByText('Ja').click();
    expect(client.page.url()).toBe(`${hub.url}/your-experience`);
    await screenshot(client.page, 'your-experience');
    await client.page.getByRole('button', { name: 'Skicka' }).click();
    await client.page.getByText('Tack. Ditt svar har kommit fram').waitFor();
    await client.page.goto('about:blank');
    await client.page.goto(link);
    await client.page.getByText('Länken gäller inte längre').waitFor();

    await page.getByText('The client did not receive it').waitFor();
    await page.getByText('The client says something remains: waiting for the case manager').first().waitFor();
    await screenshot(page, 'client-says-no');
    await page.getByRole('button', { name: 'Open it again' }).click();
    await page.getByLabel('In words').fill('Nobody came with the boxes');
    await page.getByRole('button', { name: 'Open it again' }).click();
    await page.getByText('Takes the place of').waitFor();
    await page.getByRole('button', { name: 'Close it' }).click();
    await page.getByLabel('How it ended').selectOption({ label: 'The client moved away' });
    await page.getByLabel('In words').fill('Lives with her daughter now');
    await page.getByRole('button', { name: 'Close it' }).click();
    await page.getByText('The client moved away').first().waitFor();
    await screenshot(page, 'opened-again-and-closed');

    await page.getByRole('link', { name: 'Measures' }).click();
    const needs = page.getByRole('region', { name: 'Need resolved', exact: true });
    await needs.getByText('Not told: fewer than 11').waitFor();
    await page.getByLabel('Grouped by').selectOption({ label: 'Month' });
    await needs.getByRole('columnheader', { name: 'Month' }).waitFor();
    await page.getByLabel('Grouped by').selectOption({ label: 'Language' });
    await needs.getByRole('rowheader', { name: 'None named' }).waitFor();
    // Nobody is listed by what they are: there is one list, of all.
    await needs.getByRole('button', { name: 'Loops' }).waitFor();
    await page.getByLabel('Grouped by').selectOption('sender');
    await needs.getByRole('rowheader', { name: 'St. Anna Hospital' }).waitFor();
    await needs.getByRole('button', { name: 'Loops' }).first().click();
    await needs.getByRole('link', { name: 'Robin Tester' }).first().waitFor();
    await screenshot(page, 'measures');
    await page.getByRole('combobox', { name: 'Language', exact: true }).selectOption({ label: 'Svenska' });
    await page.getByRole('heading', { name: 'Tillgodosedda behov', exact: true }).waitFor();
  });
});
