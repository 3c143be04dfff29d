import type { Request, RequestHandler, Response } from 'express';
import { Counts, type Limit, type UsedUp } from '../../access/limits/counts.ts';
import { shareCounts } from '../../access/limits/share-counts.ts';
import type { Config } from '../../config.ts';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { Log } from '../../log.ts';
import { sendOutcome } from '../send-resource.ts';
import { countedAs, sentFrom } from './who.ts';

/** The limits of how often one may ask, as rules of the front hall. */
export interface RateLimits {
  /** For every request: who shows nothing by which it could be known is counted by its address. */
  readonly strangers: RequestHandler;
  /** For who was found out: a program, or a person. */
  readonly callers: RequestHandler;
  /** Somebody has shown what is not good: it is a stranger. */
  readonly noteStranger: (request: Request) => void;
}

export interface RateLimitDeps {
  readonly config: Config;
  readonly db: Sql;
  readonly log: Log;
  readonly now: () => Date;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Whoever is over one is answered 429 until its span is over. @see https://www.rfc-editor.org/rfc/rfc6585#section-4 */
export function rateLimits({ config, db, log, now }: RateLimitDeps): RateLimits {
  const counts = new Counts();
  const share = shareCounts(db, counts);
  const ofAddress: Limit = { name: 'address-minute', spanMs: MINUTE_MS, most: config.RATE_LIMIT_ADDRESS };
  const ofCallers = callerLimits(config);
  return {
    strangers: (request, response, next) => {
      const time = now().getTime();
      const from = sentFrom(request);
      const used = isStranger(request) ? counts.take(ofAddress, from, time) : counts.look(ofAddress, from, time);
      share(time);
      if (used) tellBusy(log, request, response, used);
      else next();
    },
    callers: (request, response, next) => {
      const counted = countedAs((response.locals as { caller: Caller }).caller);
      const time = now().getTime();
      const used = counted && takeAll(counts, ofCallers[counted[0]], counted[1], time);
      share(time);
      if (used) tellBusy(log, request, response, used);
      else next();
    },
    noteStranger: (request) => void counts.take(ofAddress, sentFrom(request), now().getTime()),
  };
}

function callerLimits(config: Config): Readonly<Record<'person' | 'program', readonly Limit[]>> {
  return {
    program: [
      { name: 'program-minute', spanMs: MINUTE_MS, most: config.RATE_LIMIT_PROGRAM },
      { name: 'program-day', spanMs: DAY_MS, most: config.QUOTA_PROGRAM },
    ],
    person: [
      { name: 'person-minute', spanMs: MINUTE_MS, most: config.RATE_LIMIT_PERSON },
      { name: 'person-day', spanMs: DAY_MS, most: config.QUOTA_PERSON },
    ],
  };
}

/** What is refused by one is not counted by those after it. */
function takeAll(counts: Counts, limits: readonly Limit[], who: string, time: number): UsedUp | undefined {
  for (const limit of limits) {
    const used = counts.take(limit, who, time);
    if (used) return used;
  }
  return undefined;
}

/** What comes before a token or a session: whatever else is shown there is not looked at. */
export const SIGNING_IN =
  /^\/(oauth\/token|api\/(setup|session|session\/link|invitations\/\w+|client-answers(?:\/look)?|mailbox\/(?:code|open)|sign-in\/oidc\/.+))\/?$/i;

function isStranger(request: Request): boolean {
  const { headers, method } = request;
  if (method === 'POST' && SIGNING_IN.test(request.path)) return true;
  return headers.authorization === undefined && headers.cookie === undefined;
}

/** Said in the log once for each span: whoever goes on could fill it. */
function tellBusy(log: Log, request: Request, response: Response, { limit, secondsLeft, isNew }: UsedUp): void {
  const { requestId, caller } = response.locals as { requestId: string; caller?: Caller };
  const code = 'http.too-many-requests';
  if (isNew) log.warn({ requestId, clientId: caller?.clientId, code, kind: limit.name, status: 429 }, 'limit used up');
  const span = limit.spanMs === DAY_MS ? 'day' : 'minute';
  const text = `There were more than ${limit.most} requests in this ${span}. Wait ${secondsLeft} seconds, then go on.`;
  response.setHeader('Retry-After', secondsLeft);
  sendOutcome(request, response, 429, new AppError('busy', code, text).outcome);
}
