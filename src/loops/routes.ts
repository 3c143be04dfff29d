import express, { type Response, type Router } from 'express';
import type { Database } from '../db/database.ts';
import type { Caller } from '../fhir/caller.ts';
import { seesRestricted } from '../fhir/sharing/restricted.ts';
import type { Store } from '../fhir/store/transact.ts';
import { readQuery } from '../http/read-query.ts';
import { LOOP_CHANNEL, RESTRICTED_LOOP_CHANNEL } from './announce-loop.ts';
import type { LoopDetail } from './api.ts';
import { countLoops } from './counts/count-loops.ts';
import { streamNews } from './news.ts';
import { type AskedTask, noteSeen } from './next-step/seen.ts';
import { readLoop, readTimelineOf } from './queries.ts';
import { timelineQuery } from './timeline/query.ts';
import { listLoops } from './worklist/list.ts';
import { loopQuery, loopSearch, nothingAsked } from './worklist/query.ts';
import type { Viewer } from './worklist/viewer.ts';

export interface LoopRouteDeps {
  readonly db: Database;
  readonly store: Store;
  readonly now: () => Date;
  readonly hubOrg: string;
}

/** Reading loops: lists, one loop with its timeline, and news as it happens. */
export function loopRoutes(deps: LoopRouteDeps): Router {
  const router = express.Router();
  const viewerOf = (response: Response): Viewer => ({ caller: callerOf(response), hubOrg: deps.hubOrg });
  router.get('/loops', async (request, response) => {
    response.json(await listLoops(deps.db, viewerOf(response), readQuery(loopQuery, request.query), deps.now()));
  });
  router.post('/loops/search', async (request, response) => {
    response.json(await listLoops(deps.db, viewerOf(response), loopSearch.parse(request.body), deps.now()));
  });
  router.get('/loops/counts', async (request, response) => {
    readQuery(nothingAsked, request.query);
    response.json(await countLoops(deps.db, viewerOf(response), deps.now()));
  });
  router.get('/loops/:id', async (request, response) => {
    const viewer = viewerOf(response);
    const loop = await readLoop(deps.db, viewer, request.params.id, deps.now());
    await noteSeen(deps.store, viewer.caller, unseenIn(loop));
    response.set('X-Correlation-Id', loop.id).json(loop);
  });
  router.get('/loops/:id/timeline', async (request, response) => {
    const query = readQuery(timelineQuery, request.query);
    response.json(await readTimelineOf(deps.db, viewerOf(response), request.params.id, query));
  });
  // Of every loop, and so for people at the hub; partners subscribe.
  router.head('/events', (_request, response) => void response.set(STREAM).end());
  router.get('/events', (_request, response) => {
    const { mayGoOn } = response.locals as { mayGoOn: () => Promise<boolean> };
    return streamNews(deps.db, response.set(STREAM), channelsFor(callerOf(response)), mayGoOn);
  });
  return router;
}

/** The Tasks that ask of those that an organization is shown: its own. */
function unseenIn({ id, legs }: LoopDetail): AskedTask[] {
  return legs
    .filter(({ status, progress }) => status === 'requested' && progress !== 'seen')
    .map((leg) => ({ loopId: id, taskId: leg.id }));
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}

function channelsFor(caller: Caller): readonly string[] {
  return seesRestricted(caller) ? [LOOP_CHANNEL, RESTRICTED_LOOP_CHANNEL] : [LOOP_CHANNEL];
}

const STREAM = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' } as const;
