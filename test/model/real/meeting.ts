/** Where those who share one clock wait for each other. */
export interface Meeting {
  /** Waits until everybody waits or has left; then `all` is done once for all who wait for the same. */
  meet(what: string, all: () => Promise<void>): Promise<void>;
  /** Somebody comes no more. */
  leave(): void;
}

interface Waiting {
  readonly what: string;
  readonly all: () => Promise<void>;
  readonly go: (done: Promise<void>) => void;
}

/** @param count how many there are; `order`: what is done first where some wait for one thing and some for another */
export function meeting(count: number, order: readonly string[]): Meeting {
  let [here, waiting] = [count, [] as Waiting[]];
  const look = (): void => {
    if (waiting.length < here || here === 0) return;
    const what = order.find((each) => waiting.some((one) => one.what === each));
    const [now, later] = [waiting.filter((one) => one.what === what), waiting.filter((one) => one.what !== what)];
    waiting = later;
    const done = now[0]?.all() ?? Promise.resolve();
    for (const { go } of now) go(done);
  };
  return {
    meet: async (what, all) => {
      await new Promise<void>((resolve, reject) => {
        waiting.push({ what, all, go: (done) => void done.then(resolve, reject) });
        look();
      });
    },
    leave: () => {
      here -= 1;
      look();
    },
  };
}
