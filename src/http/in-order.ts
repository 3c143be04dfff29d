import type { NextFunction, RequestHandler } from 'express';

/**
 * Several rules as one, in the order given: each runs when the one before calls `next`. For what every request passes:
 * the router would look at the address before each.
 */
export function inOrder(...rules: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    let passed = 0;
    const goOn: NextFunction = (thrown?: unknown) => {
      const rule = rules[passed];
      if (thrown !== undefined || !rule) {
        next(thrown);
        return;
      }
      passed += 1;
      try {
        const done: unknown = rule(request, response, goOn);
        if (done instanceof Promise) done.catch(next);
      } catch (refused) {
        next(refused);
      }
    };
    goOn();
  };
}
