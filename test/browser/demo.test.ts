import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { killPrograms, type Program, startProgram } from '../support/processes.ts';
import { desk, launchBrowser, phone, screenshot, type Visit, visit } from './browser.ts';

const browserTest = process.env.TEST_CHROMIUM ? test : test.skip;
const PATIENCE_MS = 240_000;

/** Browsers complain of each answer that is a refusal: here, that nobody is signed in yet. */
const REFUSED = /status of (401|403)/;

describe('npm run demo -- --stay', () => {
  let demo: Program;
  let browser: Browser;

  beforeAll(async () => {
    execFileSync(process.execPath, ['web/build.ts']);
    if (!process.env.TEST_CHROMIUM) return;
    demo = startProgram('test/partners/demo.ts', { args: ['--stay'] });
    await demo.line(/as a hospital viewer/, { timeoutMs: PATIENCE_MS });
    browser = await launchBrowser();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    await killPrograms();
  });

  /** Opens the link of somebody, and waits until the list of loops is there. */
  const enterAs = async (who: string, screen: Parameters<typeof visit>[1] = { viewport: desk }): Promise<Visit> => {
    const [, link = ''] = await demo.line(new RegExp(`as ${who} +(\\S+#link=\\S+)`));
    const here = await visit(browser, screen);
    await here.page.goto(link);
    await here.page.getByRole('heading', { name: 'Loops', exact: true }).waitFor();
    expect(here.page.url()).not.toContain('#');
    await here.page.getByText('All', { exact: true }).click();
    await here.page.getByText('that is all of them').waitFor();
    return here;
  };
  const loopsOf = async ({ page }: Visit): Promise<string> => (await page.getByRole('main').innerText()) ?? '';
  const nav = ({ page }: Visit): Promise<string[]> => page.getByRole('navigation').getByRole('link').allInnerTexts();

  browserTest('signs a case manager in, who sees every loop, and can enter nowhere else', async () => {
    const here = await enterAs('a case manager');
    expect(await loopsOf(here)).toContain('10 loops shown');
    expect(await nav(here)).toEqual(['Loops', 'Measures']);
    await here.page.getByText('Live', { exact: true }).waitFor();
    await screenshot(here.page, 'demo/case-manager');
    await here.page.goto(`${new URL(here.page.url()).origin}/people`);
    await here.page.getByText('You may not see this').waitFor();
    expect(here.complaints.filter((each) => !REFUSED.test(each))).toEqual([]);
  });

  browserTest('signs a food bank worker in, who sees what the food bank was asked', async () => {
    const here = await enterAs('a food bank worker', { viewport: phone, colorScheme: 'dark' });
    const text = await loopsOf(here);
    // Of eight who ask for food it has taken five on; three live too far away.
    expect(text).toContain('5 loops shown');
    expect(text).not.toMatch(/Mercy Hospital|Harbor Housing|[Hh]ousing/);
    expect(await nav(here)).toEqual(['Loops', 'Measures']);
    expect(await here.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await screenshot(here.page, 'demo/food-bank-worker-phone-dark');
    expect(here.complaints.filter((each) => !REFUSED.test(each))).toEqual([]);
  });

  browserTest('signs a hospital viewer in, who sees what the hospital sent, to look at', async () => {
    const here = await enterAs('a hospital viewer', { viewport: desk, colorScheme: 'dark' });
    expect(await loopsOf(here)).toContain('10 loops shown');
    await screenshot(here.page, 'demo/hospital-viewer-dark');
    const refused = await here.page.evaluate(`(async () => {
      const session = await (await fetch('/api/session')).json();
      const [loop] = (await (await fetch('/api/loops?state=all')).json()).loops;
      const headers = { 'x-csrf-token': session.csrfToken, 'content-type': 'application/json' };
      const close = await fetch('/api/loops/' + loop.id + '/close', { method: 'POST', headers, body: '{}' });
      const patch = await fetch('/fhir/R4/Task/' + loop.id, { method: 'DELETE', headers });
      return [close.status, patch.status];
    })()`);
    expect(refused).toEqual([403, 403]);
    expect(here.complaints.filter((each) => !REFUSED.test(each))).toEqual([]);
  });

  browserTest('its links are good once', async () => {
    const [, link = ''] = await demo.line(/as a case manager +(\S+#link=\S+)/);
    const here = await visit(browser);
    await here.page.goto(link);
    await here.page.getByText(/This link is not good, or no more/).waitFor();
    await here.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await screenshot(here.page, 'demo/used-link');
  });
});
