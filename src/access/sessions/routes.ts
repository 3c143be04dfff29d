import express, { type Response, type Router } from 'express';
import { AppError } from '../../errors.ts';
import { countUnseen } from '../break-glass/break-glass.ts';
import { codeBody, newPasswordBody, passwordBody } from '../people/api.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { type Acting, askForSecondFactor, changePassword, giveUpSecondFactor } from '../sign-in/account.ts';
import { fromOf } from '../sign-in/routes.ts';
import { confirmSecondFactor } from '../sign-in/second-factor.ts';
import { forgetCookie } from './cookie.ts';
import { endOne, endSessions, listSessions } from './end.ts';
import type { Session } from './session.ts';

/** What a signed-in person does with its own sessions and account. */
export function sessionRoutes(deps: PeopleDeps): Router {
  const router = express.Router();
  router.get('/session', async (_request, response) => {
    const { body } = sessionOf(response);
    const isTold = body.person.roles.includes('supervisor');
    const told = isTold ? { breakGlassUnseen: await countUnseen(deps.db) } : {};
    response.json({ ...body, ...told });
  });
  router.delete('/session', async (_request, response) => {
    const { id } = sessionOf(response);
    await end(deps, response, (tx, { caller, person }) => endSessions(tx, caller, person.id, { only: id }, deps.now()));
  });
  router.get('/sessions', async (_request, response) => {
    const { id, person } = sessionOf(response);
    const when = { now: deps.now(), idleMs: deps.sessions.idleMs };
    response.json({ sessions: await listSessions(deps.db, person.id, id, when) });
  });
  router.delete('/sessions', async (_request, response) => {
    await end(deps, response, (tx, { caller, person }) => endSessions(tx, caller, person.id, 'all', deps.now()));
  });
  router.delete('/sessions/:id', async (request, response) => {
    const { caller, person } = sessionOf(response);
    await deps.db.transaction((tx) => endOne(tx, caller, person.id, request.params.id, deps.now()));
    response.status(204).end();
  });
  router.put('/account/password', async (request, response) => {
    const { current, new: next } = newPasswordBody.parse(request.body);
    await changePassword(deps, actingOf(request, response), current, next);
    response.status(204).end();
  });
  return router.use(secondFactorRoutes(deps));
}

function secondFactorRoutes(deps: PeopleDeps): Router {
  const router = express.Router();
  router.post('/account/second-factor', async (request, response) => {
    const { password } = passwordBody.parse(request.body);
    response.json(await askForSecondFactor(deps, actingOf(request, response), password));
  });
  router.put('/account/second-factor', async (request, response) => {
    const { code } = codeBody.parse(request.body);
    const { caller, person } = sessionOf(response);
    response.json({ recoveryCodes: await confirmSecondFactor(deps, caller, person.id, code) });
  });
  router.delete('/account/second-factor', async (request, response) => {
    const { password } = passwordBody.parse(request.body);
    await giveUpSecondFactor(deps, actingOf(request, response), password);
    response.status(204).end();
  });
  return router;
}

async function end(
  deps: PeopleDeps,
  response: Response,
  ending: (tx: Parameters<Parameters<PeopleDeps['db']['transaction']>[0]>[0], session: Session) => Promise<unknown>,
): Promise<void> {
  const session = sessionOf(response);
  await deps.db.transaction((tx) => ending(tx, session));
  response.set('Set-Cookie', forgetCookie(deps.sessions.cookie)).status(204).end();
}

/** @throws AppError (403) when who asks is a program */
export function sessionOf(response: Response): Session {
  const { session, caller } = response.locals as { session?: Session; caller: Session['caller'] };
  if (session) return { ...session, caller };
  throw new AppError('forbidden', 'people.person-only', 'This is for people who have signed in, not for programs.');
}

function actingOf(request: Parameters<typeof fromOf>[0], response: Response): Acting {
  const session = sessionOf(response);
  return { session, caller: session.caller, address: fromOf(request, response).address };
}
