import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Driven } from './drive.ts';
import type { Job, Report } from './main.ts';

/** The process that asks. */
export interface Load {
  run(job: Job): Promise<Driven>;
  stop(): void;
}

export function startLoad(): Load {
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)));
  return {
    run: async (job) => {
      child.send(job);
      const [report] = (await once(child, 'message')) as [Report];
      if ('failed' in report) throw new Error(report.failed);
      return report.driven;
    },
    stop: () => void child.kill(),
  };
}
