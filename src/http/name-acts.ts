import type { RequestHandler } from 'express';
import type { Caller } from '../fhir/caller.ts';
import { targetAt } from './api-target.ts';

/** What is asked for there the hub does: the resources that change are written in its name. */
const DONE_BY_HUB = /^\/(loops|plans|deliveries)\//;

/**
 * Says of who asks the JSON API what it asks for, so that the transaction that does it keeps that in the audit: whoever
 * closes a referral by hand has closed it, though the hub writes its Task. After `permissions`: the address is a known one.
 */
export const nameActs: RequestHandler = (request, response, next) => {
  if (request.method !== 'GET' && DONE_BY_HUB.test(request.path)) {
    const { caller } = response.locals as { caller: Caller };
    response.locals.caller = { ...caller, act: { ...targetAt(request.path), query: withoutIds(request.path) } };
  }
  next();
};

/** Ids stand at every second place. Pure. */
function withoutIds(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((part, at) => (at % 2 === 0 ? part : '*')).join('/');
}
