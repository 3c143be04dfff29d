import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { Browser } from 'playwright-core';
import { talk, text } from '../flows/conversation/talk.ts';
import { legNetwork } from '../flows/legs/leg-network.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { settled } from '../workers/late-loops.ts';
import { launchBrowser, phone, screenshot } from './browser.ts';
import { visitAs } from './visit-as.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

describe('the conversation about a referral, in a real browser', () => {
  let hub: TestHub;
  let browser: Browser;
  let id: string;
  let leg: Task & { id: string };
  let pantry: Partner;
  const { legOf } = legNetwork(() => hub);
  const { posted, heard } = talk(() => hub);
  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, settings: { PASSWORD_COST: '14' } });
    pantry = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    id = await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'));
    await settled(hub.deps);
    leg = await legOf(id, pantry);
    browser = await launchBrowser();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  browserTest('shows what was said, answers it with a letter, and asks for an answer', async () => {
    const question = await posted(pantry, leg.id, text('Is she able to come to our desk?'));
    const { page, complaints } = await visitAs(hub, 'case-manager', browser);
    await page.goto(`${hub.url}/loops/${id}`);
    const panel = page.getByRole('region', { name: 'Conversation' });
    await panel.getByText('Is she able to come to our desk?').waitFor();
    // Seen, it is read: its writer knows.
    await eventually(async () => {
      const [told] = await heard(pantry, leg.id);
      expect([told?.id, told?.received]).toEqual([question.id, expect.any(String)]);
    });
    await panel.getByRole('button', { name: /^Answer the message of Harvest Food Bank/ }).click();
    await panel.getByText('You are answering: “Is she able to come to our desk?”').waitFor();
    await panel.getByRole('textbox', { name: 'Message: Harvest Food Bank' }).fill('She is, with a walking frame.');
    const letter = { name: 'letter.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') };
    await panel.getByLabel('Attachments').setInputFiles(letter);
    await panel.getByRole('button', { name: 'Send' }).click();
    const answer = panel.getByRole('listitem').filter({ hasText: 'She is, with a walking frame.' });
    await answer.first().waitFor();
    expect(await answer.first().getByRole('link', { name: 'letter.pdf' }).getAttribute('download')).toBe('letter.pdf');

    await panel.getByRole('combobox', { name: 'To' }).selectOption({ label: 'Harvest Food Bank' });
    await panel.getByRole('textbox', { name: 'Message: Harvest Food Bank' }).fill('Which day suits you?');
    await panel.getByRole('combobox', { name: 'Does it need an answer?' }).selectOption('usual');
    await panel.getByRole('button', { name: 'Send' }).click();
    await panel.getByText(/Needs an answer by/).waitFor();
    await page.getByText('Harvest Food Bank wrote to').first().waitFor();
    await screenshot(page, 'conversation');
    const small = await visitAs(hub, 'case-manager', browser, {
      viewport: phone,
      colorScheme: 'dark',
      locale: 'sv-SE',
    });
    await small.page.goto(`${hub.url}/loops/${id}`);
    await small.page.getByText('Behöver svar senast').first().waitFor();
    expect(await small.page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await screenshot(small.page, 'conversation-phone');

    // Nobody looks at the loop any more: what comes then stands in the list, which may be narrowed to it.
    await small.page.close();
    await page.goto(hub.url);
    const row = page.getByRole('listitem').filter({ hasText: 'Harvest Food Bank' });
    await row.waitFor();
    await posted(pantry, leg.id, text('Thursday.'));
    await row.getByText('1 unread message').waitFor();
    await page.getByRole('checkbox', { name: 'Unread messages only' }).click();
    await page.waitForURL(/[?]unread=true$/);
    await row.getByText('1 unread message').waitFor();
    await screenshot(page, 'unread');
    expect(complaints).toEqual([]);
  });
});
