import { check } from './checks/by-subject.ts';
import type { Requirement, Row, Subject, Verdict } from './requirement.ts';
import type { OpenServer } from './server/open-server.ts';
import { Unmet } from './verdict.ts';

/** How many checks run at a time: subscriptions mostly wait. */
const AT_ONCE = 8;

export type Progress = (done: number, all: number) => void;

/** Checks every requirement; those about the same once. @returns one row for each, in their order */
export async function checkAll(
  server: OpenServer,
  requirements: readonly Requirement[],
  progress: Progress = () => undefined,
): Promise<Row[]> {
  const subjects = new Map(requirements.map(({ subject }) => [JSON.stringify(subject), subject]));
  const verdicts = new Map<string, Verdict>();
  const waiting = [...subjects];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [key, subject] = next;
      verdicts.set(key, await verdictOn(server, subject));
      progress(verdicts.size, subjects.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return requirements.map(({ subject, ...requirement }) => ({
    ...requirement,
    ...(verdicts.get(JSON.stringify(subject)) as Verdict),
  }));
}

async function verdictOn(server: OpenServer, subject: Subject): Promise<Verdict> {
  try {
    return await server.check((each) => check(each, subject));
  } catch (thrown) {
    return { result: 'fail', reason: reasonOf(thrown) };
  }
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof Unmet) return thrown.message;
  // What `fetch` throws says nothing by itself; neither do ids and addresses that differ from run to run.
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return 'The server did not answer in time.';
  if (thrown instanceof TypeError && thrown.message === 'fetch failed') return 'The server could not be reached.';
  return `The check could not be finished: ${thrown instanceof Error ? thrown.message : 'unknown'}.`;
}
