export interface EventuallyOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Repeats `check` until it no longer throws, and returns what it returned.
 * @throws what `check` threw last, when it still throws after `timeoutMs`
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 20 }: EventuallyOptions = {},
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (thrown) {
      if (performance.now() >= giveUpAt) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
