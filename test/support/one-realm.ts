/**
 * Jest runs tests in a realm of their own, so an error thrown by Node itself (`fs`, `fetch`, `net`) is not an instance
 * of the tests' `Error`, though in production it is. This makes `instanceof Error` answer as in production.
 */
const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  configurable: true,
  value(this: ErrorConstructor, thrown: unknown): boolean {
    return this === Error ? Error.isError(thrown) : ordinary.call(this, thrown);
  },
});
