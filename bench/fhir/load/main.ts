import type { Kind } from '../kinds.ts';
import { commits } from './commits.ts';
import { Connection } from './connection.ts';
import { type Drive, type Driven, drive } from './drive.ts';
import { nextRequest, type World } from './requests.ts';

/** What the bench asks of this process. */
export interface Job {
  readonly kind: Kind;
  readonly clients: number;
  readonly seconds: number;
  /** Of the server that is asked. */
  readonly url: string;
  readonly token: string;
  readonly databaseUrl: string;
  readonly world: World;
}

/** What it says when it is done. */
export type Report = { readonly driven: Driven } | { readonly failed: string };

/** The process that asks, so that asking and answering do not share one event loop. */
process.on('message', (job: Job) => {
  run(job).then(
    (driven) => process.send?.({ driven } satisfies Report),
    (thrown: unknown) =>
      process.send?.({ failed: thrown instanceof Error ? thrown.message : 'failed' } satisfies Report),
  );
});

async function run(job: Job): Promise<Driven> {
  const { kind, clients } = job;
  const drives = kind === 'commit' ? commits(job.databaseUrl, clients) : requests(job, kind);
  try {
    return await drive(drives, clients, job.seconds);
  } finally {
    await drives.end();
  }
}

function requests({ clients, url, token, world }: Job, kind: Exclude<Kind, 'commit'>): Drive {
  const connections = Array.from({ length: clients }, () => new Connection(new URL(url), token));
  return {
    one: async (client) => {
      const wanted = nextRequest(kind, world);
      const said = await connections[client]?.ask(wanted);
      if (said?.status === wanted.status) return;
      throw new Error(`${kind}: ${said?.status} instead of ${wanted.status}: ${said?.body.slice(0, 500)}`);
    },
    end: async () => {
      for (const connection of connections) connection.close();
    },
  };
}
