import type { Browser } from '../people/browser.ts';
import type { World } from './world.ts';

/** What is asked for, where everything is as it must be for that. */
export interface Asked {
  /** Nobody is signed in at it before a session. */
  readonly by: Browser;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Makes everything so that it can be asked for. */
export type Story = (world: World) => Promise<Asked>;

/** The code behind `#` of a link. */
export const codeIn = (link: string): string => link.split('#').at(-1)?.replace('link=', '') ?? '';

/** Asks for what a story needs before. */
export async function ask<T>(by: Browser, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await by.send<T>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
