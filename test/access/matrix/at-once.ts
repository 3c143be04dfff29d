const AT_ONCE = 8;

/** Does something with each of many, some at once. */
export async function forEachAtOnce<T>(
  all: readonly T[],
  work: (each: T, at: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const goOn = async (): Promise<void> => {
    while (next < all.length) {
      const at = next++;
      await work(all[at] as T, at);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, goOn));
}
