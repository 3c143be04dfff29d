import { type Level, type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/**
 * The only fields a log line may carry: ids, kinds, codes, durations and counts. Anything else is dropped, so that no
 * personal data can reach a log by accident.
 */
const ALLOWED_FIELDS = new Set([
  'requestId',
  'loopId',
  'taskId',
  'deliveryId',
  'outboxId',
  'endpointId',
  'organizationId',
  'clientId',
  'jobId',
  'timerId',
  'mailId',
  'kind',
  'code',
  'status',
  'method',
  'route',
  'durationMs',
  'attempt',
  'count',
  'channel',
  'port',
  'worker',
  'backend',
  'store',
  'migration',
  'stack',
]);

/** Without `child`: what is bound to a logger would not be held against the list. */
export type Log = Pick<Logger, Level>;
export type LogFields = Readonly<Record<string, unknown>>;

/** JSON lines on standard error: a fixed phrase as message, allow-listed fields as data. */
export function createLog(config: Pick<Config, 'LOG_LEVEL'>): Log {
  return pino(
    {
      level: config.LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: onlyAllowed },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** What a log line may say of an unknown throwable: its class and where it was thrown, never its text. */
export function describeThrown(thrown: unknown): LogFields {
  if (!(thrown instanceof Error)) return { code: typeof thrown };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return { code: errorCode(thrown) ?? thrown.name, stack: frames.slice(0, 6).join('\n') };
}

function errorCode(error: Error): string | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}

function onlyAllowed(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => ALLOWED_FIELDS.has(name)));
}
