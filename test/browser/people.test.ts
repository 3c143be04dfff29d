import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { URI } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { setUpLine } from '../../src/access/sign-in/set-up-link.ts';
import { createClock } from '../support/clock.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { launchBrowser, phone, screenshot, type Visit, visit } from './browser.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;

const ANNA = { name: 'Anna Berg', email: 'anna@hub.example', password: 'three red bicycles' };
const OMAR = { name: 'Omar Haddad', email: 'omar@pantry.example', password: 'seven slow trains' };

/** What a browser says of an answer that is a refusal, or of nobody being signed in: told on the page. */
const REFUSED = /status of (401|403|422)/;

describe('people, in a real browser', () => {
  const clock = createClock();
  let hub: TestHub;
  let browser: Browser;
  let hospital: Partner;
  let agency: Partner;
  let setUpLink = '';

  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    hub = await startHub('embedded', { now: clock.now, settings: { PASSWORD_COST: '14' } });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    setUpLink = ((await setUpLine(hub.deps, hub.url)) ?? '').replace('Set up this hub: ', '');
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  const faults = ({ complaints }: Visit): string[] => complaints.filter((each) => !REFUSED.test(each));
  const fill = async (page: Page, fields: Record<string, string>): Promise<void> => {
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  };
  const signIn = async (page: Page, { email, password }: { email: string; password: string }): Promise<void> => {
    await fill(page, { 'E-mail address': email, Password: password });
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };

  browserTest('the first one sets the hub up by the link, and is told at the field what will not do', async () => {
    const here = await visit(browser);
    const { page } = here;
    await page.goto(hub.url);
    await page.getByText('Nobody can sign in here yet').waitFor();
    await page.goto(setUpLink);
    await page.getByRole('heading', { name: 'Set up this hub' }).waitFor();
    expect(page.url()).toBe(`${hub.url}/set-up`);
    await page.getByRole('button', { name: 'Set up' }).click();
    expect(await page.getByText('Fill this in.').count()).toBe(3);
    expect(await page.evaluate('document.activeElement.name')).toBe('name');
    await fill(page, { Name: ANNA.name, 'E-mail address': ANNA.email, Password: 'short' });
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByText(/This password will not do/).waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    await screenshot(page, 'people/set-up-refused');
    await fill(page, { Password: ANNA.password });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Loops', exact: true }).waitFor();
    await page.getByRole('link', { name: `Your account: ${ANNA.name}` }).waitFor();
    expect(faults(here)).toEqual([]);

    await page.goto(setUpLink);
    await fill(page, { Name: 'Eve', 'E-mail address': 'eve@evil.example', Password: ANNA.password });
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByText(/This link is not good, or no more/).waitFor();
  });

  browserTest('who is not signed in is led to sign in, and back to where they were, on this hub only', async () => {
    const here = await visit(browser, { viewport: phone, colorScheme: 'dark' });
    const { page } = here;
    await page.goto(`${hub.url}/people`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(page.url()).toBe(`${hub.url}/sign-in?returnTo=%2Fpeople`);
    await signIn(page, { ...ANNA, password: 'not that' });
    await page.getByText(/are not right, or there were too many tries/).waitFor();
    await screenshot(page, 'people/sign-in-refused-phone-dark');
    clock.advance(60_000);
    await signIn(page, ANNA);
    await page.getByRole('heading', { name: 'People' }).waitFor();
    expect(page.url()).toBe(`${hub.url}/people`);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await screenshot(page, 'people/people-phone-dark');
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    for (const evil of ['//evil.example/x', 'https://evil.example/', '/\\evil.example']) {
      await page.goto(`${hub.url}/sign-in?returnTo=${encodeURIComponent(evil)}`);
      await signIn(page, ANNA);
      await page.getByRole('heading', { name: 'Loops', exact: true }).waitFor();
      expect(page.url()).toBe(`${hub.url}/`);
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    }
    expect(faults(here)).toEqual([]);
  });

  browserTest('an administrator invites somebody, who chooses a password and sees what is theirs', async () => {
    await sendReferral(hub, hospital, { family: 'Okonkwo' });
    await sendReferral(hub, hospital, { family: 'Nakamura', category: 'housing-instability' });
    const here = await visit(browser);
    const { page } = here;
    await page.goto(`${hub.url}/people`);
    await signIn(page, ANNA);
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await fill(page, { Name: OMAR.name, 'E-mail address': OMAR.email });
    await page.getByLabel('Organization').selectOption({ label: agency.name });
    await page.getByRole('checkbox', { name: 'Agency worker' }).check();
    await screenshot(page, 'people/invite');
    await page.getByRole('button', { name: 'Make an invitation' }).click();
    await page.getByRole('heading', { name: `Invitation for ${OMAR.name}` }).waitFor();
    const link = await page.locator('.command code').innerText();
    await screenshot(page, 'people/invitation-link');
    expect(faults(here)).toEqual([]);

    const there = await visit(browser);
    await there.page.goto(link);
    await there.page.getByText(`${OMAR.name}, you are invited to work here for ${agency.name}.`).waitFor();
    expect(there.page.url()).toBe(`${hub.url}/invitation`);
    await screenshot(there.page, 'people/invitation');
    await fill(there.page, { 'New password': OMAR.password });
    await there.page.getByRole('button', { name: 'Set password and sign in' }).click();
    await there.page.getByRole('link', { name: /Okonkwo/ }).waitFor();
    expect(await there.page.getByRole('link', { name: /Nakamura/ }).count()).toBe(0);
    expect(await there.page.getByRole('link', { name: 'People', exact: true }).count()).toBe(0);
    await screenshot(there.page, 'people/agency-worker');
    await there.page.goto(`${hub.url}/people`);
    await there.page.getByText('You may not see this').waitFor();
    expect(faults(there)).toEqual([]);

    await page.getByRole('button', { name: `Change ${OMAR.name}` }).click();
    await screenshot(page, 'people/change');
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await page.getByText('Deactivated').waitFor();
    await there.page.goto(hub.url);
    await there.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  browserTest('a second factor is set up, asked for, and a recovery code stands in for it once', async () => {
    const here = await visit(browser);
    const { page } = here;
    await page.goto(`${hub.url}/account`);
    await signIn(page, ANNA);
    await page.getByRole('heading', { name: 'Second factor' }).waitFor();
    await screenshot(page, 'people/account');
    const part = page.getByRole('region', { name: 'Second factor' });
    await part.getByRole('button', { name: 'Set up' }).click();
    await part.getByLabel('Password', { exact: true }).fill('not my password');
    await part.getByRole('button', { name: 'Next' }).click();
    await part.getByText(/not your password/).waitFor();
    await screenshot(page, 'people/second-factor-password');
    await part.getByLabel('Password', { exact: true }).fill(ANNA.password);
    await part.getByRole('button', { name: 'Next' }).click();
    const secret = (await part.locator('code').innerText()).replaceAll(' ', '');
    const app = URI.parse(`otpauth://totp/Careloop:anna?secret=${secret}&issuer=Careloop`);
    const now = (): string => app.generate({ timestamp: clock.now().getTime() } as never);
    await part.getByRole('img', { name: 'QR code for an authenticator app' }).waitFor();
    await fill(page, { Code: '000000' });
    await part.getByRole('button', { name: 'Confirm' }).click();
    await part.getByText(/This code is not right/).waitFor();
    await screenshot(page, 'people/second-factor');
    await fill(page, { Code: now() });
    await part.getByRole('button', { name: 'Confirm' }).click();
    await part.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
    await screenshot(page, 'people/recovery-codes');
    const [recovery = ''] = await part.getByRole('listitem').allInnerTexts();
    await part.getByRole('button', { name: 'I have kept them' }).click();
    await part.getByText(/you are asked for a code/).waitFor();

    const again = async (code: string): Promise<void> => {
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await signIn(page, ANNA);
      await page.getByRole('heading', { name: 'One more step' }).waitFor();
      await fill(page, { Code: code });
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    };
    clock.advance(31_000);
    await again(now());
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    await again(recovery);
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    await again(recovery);
    await page.getByText(/are not right, or there were too many tries/).waitFor();
    await screenshot(page, 'people/code-refused');
    expect(faults(here)).toEqual([]);
  });
});
