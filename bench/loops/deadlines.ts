import { Client } from 'pg';
import { type Program, startProgram } from '../../test/support/processes.ts';
import { latenciesUntil, pages, percentile } from './latencies.ts';

const DUE = 10_000;
const PAUSE_MS = 50;
const LONGEST_MS = 10 * 60_000;

/** Ten thousand rungs are due at the same instant, while somebody looks at pages. @param idleSeconds how long before that */
export async function measureDeadlines(
  hub: string,
  databaseUrl: string,
  idleSeconds: number,
): Promise<{ due: number; seconds: number; apiP99Ratio: number }> {
  const page = pages(hub);
  const idleUntil = performance.now() + idleSeconds * 1_000;
  const idle = await latenciesUntil(() => performance.now() > idleUntil, PAUSE_MS, page);
  return withClient(databaseUrl, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE deadline SET at = now() WHERE loop_id IN (SELECT loop_id FROM deadline ORDER BY loop_id LIMIT ${DUE})`,
    );
    const started = performance.now();
    const worker = await startWorker(databaseUrl, '200');
    let isOver = false;
    const busy = latenciesUntil(() => isOver, PAUSE_MS, page);
    while (!isOver) {
      const { rows } = await client.query('SELECT 1 FROM deadline WHERE at <= now() LIMIT 1');
      isOver = rows.length === 0 || performance.now() - started > LONGEST_MS;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - started) / 1_000;
    const tooks = await busy;
    await worker.stop();
    return { due: rowCount ?? 0, seconds, apiP99Ratio: percentile(tooks, 0.99) / percentile(idle, 0.99) };
  });
}

export async function startWorker(databaseUrl: string, intervalMs: string): Promise<Program> {
  const settings = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'error', DEADLINE_INTERVAL_MS: intervalMs };
  const worker = startProgram('workers/main.ts', { settings });
  await worker.line(/workers run/, { timeoutMs: 60_000 });
  return worker;
}

export async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
