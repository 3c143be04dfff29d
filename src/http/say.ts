import type { Response } from 'express';

/** An answer with headers that it has unless they are set otherwise: names and values in turn. */
export interface HasSaid {
  readonly said: string[];
}

/**
 * Says headers that an answer has, unless they are set otherwise (`response.setHeader`); each is said once. They are sent as the list
 * that they are: what is set is put by its name, looked up, and put into order.
 * @param pairs names and values in turn
 */
export function say(response: Response, ...pairs: readonly string[]): void {
  (response as unknown as HasSaid).said.push(...pairs);
}
