import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { mailboxNetwork } from '../flows/mailbox/mailbox-network.ts';
import { call } from '../support/api.ts';
import { codeIn } from '../support/read-mail.ts';
import { launchBrowser, phone, screenshot, visit } from './browser.ts';
import { visitAs } from './visit-as.ts';

/** Buttons whose words do not fit. */
const CUT_OFF = `[...document.querySelectorAll('.mantine-Button-label')]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)`;

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

describe('an agency that has only a mailbox, in a real browser', () => {
  const { parts, clock, asked, mailed, post } = mailboxNetwork();
  let browser: Browser;
  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    browser = await launchBrowser();
  }, 300_000);
  afterAll(() => browser?.close());

  const enter = async (
    page: Page,
    words: { send: string; code: string; name: string; open: string },
  ): Promise<void> => {
    parts.mails.mails.splice(0);
    clock.advance(31_000);
    await page.getByRole('button', { name: words.send }).click();
    await page.getByLabel(words.name).waitFor();
    expect(await page.evaluate(CUT_OFF)).toEqual([]);
    await page.getByLabel(words.code, { exact: true }).fill(codeIn(await mailed('Your code')));
    await page.getByLabel(words.name).fill('Kim Frontdesk');
    await page.getByRole('button', { name: words.open, exact: true }).click();
  };
  const ENGLISH = { send: 'Send me a code', code: 'Code', name: 'Your name', open: 'Open' };

  browserTest('somebody opens the link, is let in by the code, accepts, writes and says what was done', async () => {
    const { id, link } = await asked();
    const { page, complaints } = await visit(browser);
    await page.goto(`${parts.hub.url}/answer#${link}`);
    await page.getByRole('heading', { name: 'A referral for your organization' }).waitFor();
    expect(page.url()).toBe(`${parts.hub.url}/answer`);
    expect(await page.locator('main').textContent()).not.toMatch(/Robin|Tester|food/);
    await screenshot(page, 'mailbox-door');
    await enter(page, ENGLISH);
    await page.getByRole('heading', { name: 'Robin Tester' }).waitFor();
    await page.getByText('You are here as Kim Frontdesk for Harvest Food Bank').waitFor();
    await screenshot(page, 'mailbox-asked');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('button', { name: 'Say so' }).click();
    await page.getByRole('heading', { name: 'It stands: Accepted' }).waitFor();
    // Where the button was, there is none any more: the keyboard goes on from what was said.
    expect(await page.locator(':focus').textContent()).toContain('It stands');
    const letter = { title: 'Letter: ward 2.pdf', contentType: 'application/pdf', data: btoa('%PDF') };
    const question = { text: 'Does she need a lift?', to: parts.agency.id, attachments: [letter] };
    await post(id, 'messages', question);
    await page.reload();
    await page.getByText('Does she need a lift?').waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Letter: ward 2.pdf' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('Letter_ ward 2.pdf');
    expect(readFileSync(await download.path(), 'utf8')).toBe('%PDF');
    await page.getByRole('button', { name: 'Answer', exact: true }).click();
    await page.getByText('You are answering').waitFor();
    await page.keyboard.type('Yes, on Friday');
    const rules = { name: 'rules.txt', mimeType: 'text/plain', buffer: Buffer.from('Bring a bag') };
    await page.getByLabel('Attachments').setInputFiles(rules);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Yes, on Friday').waitFor();
    await page.getByRole('link', { name: 'rules.txt' }).waitFor();
    await page.getByRole('button', { name: 'It is done' }).click();
    await page.getByRole('button', { name: 'Say so' }).click();
    await page.getByText('Fill this in').first().waitFor();
    await page.getByLabel('How it ended').selectOption({ label: 'Services partly provided' });
    await page.getByLabel('In words').fill('One box');
    await page.getByLabel('What remains').fill('A fridge');
    // What was missing is not said any more once it is there.
    expect(await page.getByText('Fill this in').count()).toBe(0);
    await screenshot(page, 'mailbox-done');
    await page.getByRole('button', { name: 'Say so' }).click();
    await page.getByText('There is nothing more to say.').waitFor();
    await screenshot(page, 'mailbox-ended');
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByText('This page needs the link from the mail.').waitFor();
    // Before somebody is in, asking who is there is refused: a browser says so.
    expect(complaints.filter((each) => !/status of 40[01]/.test(each))).toEqual([]);

    const { page: console } = await visitAs(parts.hub, 'case-manager', browser);
    await console.goto(`${parts.hub.url}/loops/${id}`);
    await console.getByText('by their mailbox').first().waitFor();
    await console.getByText('Kim Frontdesk').first().waitFor();
    await screenshot(console, 'mailbox-timeline');
  });

  browserTest('on a telephone, in Swedish, it is declined; a link that is good no more says so', async () => {
    const { link } = await asked();
    const { page } = await visit(browser, { viewport: phone, locale: 'sv' });
    await page.goto(`${parts.hub.url}/answer#${link}`);
    await screenshot(page, 'mailbox-door-phone');
    await enter(page, { send: 'Skicka en kod', code: 'Kod', name: 'Ditt namn', open: 'Öppna' });
    await page.getByRole('button', { name: 'Avböj' }).click();
    await page.getByLabel('Varför').selectOption({ label: 'Medel saknas' });
    await page.getByLabel('Med ord').fill('Slut på kassar');
    await screenshot(page, 'mailbox-decline-phone');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await page.getByRole('button', { name: 'Säg det' }).click();
    await page.getByRole('heading', { name: 'Läget: Avböjt' }).waitFor();
    const endpoint = (await call<object>('GET', `${parts.hub.fhir}/Endpoint/${parts.box}`)).body;
    await call('PUT', `${parts.hub.fhir}/Endpoint/${parts.box}`, { body: { ...endpoint, status: 'off' } });
    await page.goto('about:blank');
    await page.goto(`${parts.hub.url}/answer#${link}`);
    await page.getByRole('button', { name: 'Skicka en kod' }).click();
    await page.getByText('Länken gäller inte, eller inte längre').waitFor();
    await call('PUT', `${parts.hub.fhir}/Endpoint/${parts.box}`, { body: endpoint });
  });

  browserTest.each([
    ['ko', '귀 기관에 온 의뢰', { send: '코드 받기', code: '코드', name: '이름', open: '열기' }],
    ['zh-CN', '给贵机构的转介', { send: '给我发验证码', code: '验证码', name: '您的姓名', open: '打开' }],
    [
      'es',
      'Una derivación para su organización',
      { send: 'Enviarme un código', code: 'Código', name: 'Su nombre', open: 'Abrir' },
    ],
  ])('speaks %s', async (locale, title, words) => {
    const { link } = await asked();
    const { page } = await visit(browser, { viewport: phone, locale });
    await page.goto(`${parts.hub.url}/answer#${link}`);
    await page.getByRole('heading', { name: title }).waitFor();
    await enter(page, words);
    await page.getByRole('heading', { name: 'Robin Tester' }).waitFor();
    await screenshot(page, `mailbox-${locale}`);
  });
});
