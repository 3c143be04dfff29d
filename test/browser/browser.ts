import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const artifacts = fileURLToPath(new URL('../../artifacts/', import.meta.url));

/** The browser named by TEST_CHROMIUM, else the one Debian installs. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export const desk = { width: 1280, height: 860 };
export const phone = { width: 320, height: 640 };

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What the browser complained about: console errors, uncaught errors, refusals of the content security policy. */
  complaints: string[];
}

/** A reader of their own: language, colours, size of screen; nothing kept from the last one. @param token of who looks */
export async function visit(
  browser: Browser,
  { token, ...options }: BrowserContextOptions & { token?: string | undefined } = {},
): Promise<Visit> {
  const extraHTTPHeaders: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const context = await browser.newContext({ viewport: desk, locale: 'en-US', extraHTTPHeaders, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, context, complaints };
}

/** Saves what the page looks like as ./artifacts/<name>.png and says where. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const path = join(artifacts, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, fullPage: true });
  return path;
}
