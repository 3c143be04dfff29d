/** A clock that stands still until the test moves it. */
export interface TestClock {
  now(): Date;
  advance(milliseconds: number): void;
  set(time: Date | string): void;
}

export function createClock(start: Date | string = '2026-03-02T09:00:00Z'): TestClock {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds;
    },
    set: (next) => {
      time = new Date(next).getTime();
    },
  };
}
