import type { NextFunction, RequestHandler } from 'express';

/**
 * Several rules as one, in the order given: each runs when the one before calls `next`. For what every request passes:
 * the router would look at the address before each.
 */
export function inOrder(...rules: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    const from =
      (at: number): NextFunction =>
      (thrown?: unknown) => {
        const rule = rules[at];
        if (thrown !== undefined || !rule) {
          next(thrown);
          return;
        }
        try {
          const done: unknown = rule(request, response, from(at + 1));
          if (done instanceof Promise) done.catch(next);
        } catch (refused) {
          next(refused);
        }
      };
    from(0)();
  };
}
