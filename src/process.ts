import { AppError } from './errors.ts';

const FORCED_STOP_MS = 20_000;

/** Stops in order on SIGTERM or Ctrl-C; by force when that takes too long. */
export function onStopSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const handle = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), FORCED_STOP_MS).unref();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

/** Starts a process, or says in a sentence why it cannot. */
export async function startOrExplain(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (thrown) {
    const expected = thrown instanceof AppError || (thrown instanceof Error && !('code' in thrown));
    console.error(expected ? thrown.message : explain(thrown));
    process.exit(1);
  }
}

function explain(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  if (code === 'EADDRINUSE') return 'The port is in use. Stop the program that has it, or set PORT to another.';
  if (code === 'ECONNREFUSED') return 'The database does not answer. Check DATABASE_URL, and that the server runs.';
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
