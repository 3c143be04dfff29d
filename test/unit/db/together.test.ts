import { describe, expect, test } from '@jest/globals';
import { type Joint, Together } from '../../../src/db/together.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Doubles numbers when it is told to go on, and keeps for whom it was asked. */
function doubling(limits: Pick<Joint<number, number>, 'most' | 'underWay'>, isTriedAlone = true) {
  const begun: (readonly number[])[] = [];
  const goOn: (() => void)[] = [];
  const together = new Together<number, number>({
    ...limits,
    isTriedAlone: () => isTriedAlone,
    doFor: async (some) => {
      begun.push(some);
      await new Promise<void>((resolve) => goOn.push(resolve));
      if (some.includes(13)) throw new Error('thirteen');
      return some.map((number) => number * 2);
    },
  });
  const settle = async <T>(all: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = all.finally(() => {
      isOver = true;
    });
    over.catch(() => undefined);
    while (!isOver) {
      for (const each of goOn.splice(0)) each();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return over;
  };
  return { together, begun, settle };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('what is done together', () => {
  test('is done for as many as come at once, each with its own answer, and for no more than there may be', async () => {
    const { together, begun, settle } = doubling({ most: 4, underWay: { few: 9, most: 9 } });
    const answers = await settle(Promise.all(numbers(10).map((number) => together.ask(number))));
    expect(answers).toEqual(numbers(10).map((number) => number * 2));
    expect(begun.map(({ length }) => length)).toEqual([4, 4, 2]);
  });

  test('waits for what is under way, together with those who come in the meantime', async () => {
    const { together, begun, settle } = doubling({ most: 16, underWay: { few: 1, most: 1 } });
    const first = together.ask(1);
    await turns();
    const others = [2, 3, 4].map((number) => together.ask(number));
    await turns();
    expect(begun).toEqual([[1]]);
    expect(await settle(Promise.all([first, ...others]))).toEqual([2, 4, 6, 8]);
    expect(begun).toEqual([[1], [2, 3, 4]]);
  });

  test('begins beside what is under way once as many wait as there may be, and not for fewer, who may still become more', async () => {
    const { together, begun, settle } = doubling({ most: 2, underWay: { few: 1, most: 2 } });
    const asked = [together.ask(1)];
    await turns();
    asked.push(together.ask(2));
    await turns();
    expect(begun).toEqual([[1]]);
    asked.push(together.ask(3));
    await turns();
    expect(begun).toEqual([[1], [2, 3]]);
    asked.push(together.ask(4), together.ask(5));
    await turns();
    expect(begun).toHaveLength(2);
    expect(await settle(Promise.all(asked))).toEqual([2, 4, 6, 8, 10]);
    expect(begun).toEqual([[1], [2, 3], [4, 5]]);
  });

  test('does not wait for what takes long, whoever is left over', async () => {
    const { together, begun } = doubling({ most: 2, underWay: { few: 1, most: 1 } });
    void together.ask(1);
    await turns();
    for (const number of [2, 3, 4]) void together.ask(number);
    const patience = Date.now() + 10_000;
    while (begun.length < 3 && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(begun).toEqual([[1], [2, 3], [4]]);
  });

  test('is tried for each alone when it failed for several, and fails for the one it fails for', async () => {
    const { together, begun, settle } = doubling({ most: 8, underWay: { few: 1, most: 1 } });
    const said = await settle(Promise.allSettled([1, 13, 3].map((number) => together.ask(number))));
    expect(said.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(begun).toEqual([[1, 13, 3], [1], [13], [3]]);
  });

  test('fails for all where it may not be tried again, and goes on for those who come after', async () => {
    const { together, begun, settle } = doubling({ most: 8, underWay: { few: 1, most: 1 } }, false);
    const said = await settle(Promise.allSettled([1, 13].map((number) => together.ask(number))));
    expect(said.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await settle(together.ask(3))).toBe(6);
    expect(begun).toEqual([[1, 13], [3]]);
  });

  test('is over when everybody has an answer, also who is tried alone', async () => {
    const { together, settle } = doubling({ most: 2, underWay: { few: 1, most: 1 } });
    await together.over();
    let answered = 0;
    const count = (): void => {
      answered += 1;
    };
    for (const number of [1, 13, 3]) void together.ask(number).then(count, count);
    await settle(together.over());
    expect(answered).toBe(3);
  });
});
