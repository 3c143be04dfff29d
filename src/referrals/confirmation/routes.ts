import express, { type Request, type Response, type Router } from 'express';
import { strangersBody } from '../../access/sign-in/routes.ts';
import type { Caller } from '../../fhir/caller.ts';
import { transact } from '../../fhir/store/transact.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { questionnaireOf } from '../../loops/confirmation/client-task.ts';
import { formIn } from '../../loops/confirmation/questionnaire.ts';
import { lockRoot } from '../by-hand/open-loop.ts';
import { answerAsked } from './answer.ts';
import { answerBody, answerByLinkBody, formQuery, lookBody } from './api.ts';
import { type AskingDeps, answerByLink, askingOf, clientLink, lookByLink, makeLink } from './link.ts';

/** What people here do with the question to a client: put it by telephone, or hand out a link. */
export function confirmationRoutes(deps: AskingDeps & { readonly hubAddress: (request: Request) => string }): Router {
  const router = express.Router();
  const within = <T>(response: Response, loopId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> =>
    transact(deps.store, (response.locals as { caller: Caller }).caller, async (unit) => {
      await lockRoot(unit, loopId);
      return work(unit);
    });
  router.get('/loops/:id/confirmation', async (request, response) => {
    const { language } = formQuery.parse(request.query);
    const task = await within(response, request.params.id, (unit) => askingOf(unit, request.params.id));
    const asked = deps.policies.questionnaires.get(questionnaireOf(task) ?? '');
    response.json(asked ? formIn(asked, language) : { title: '', questions: [] });
  });
  router.post('/loops/:id/confirmation/answer', async (request, response) => {
    const { answers } = answerBody.parse(request.body);
    await within(response, request.params.id, async (unit) =>
      answerAsked(unit, deps, await askingOf(unit, request.params.id), answers, 'telephone'),
    );
    response.status(204).end();
  });
  router.post('/loops/:id/confirmation/link', async (request, response) => {
    const made = await within(response, request.params.id, (unit) => makeLink(unit, request.params.id));
    const link = clientLink(deps.hubAddress(request), made.code);
    response.status(201).json({ link, expiresAt: made.expiresAt.toISOString() });
  });
  return router;
}

/** The page of a client who has a link: open to everybody who has one, and to nobody else. */
export function clientAnswerRoutes(deps: AskingDeps & { readonly ownHosts: readonly string[] }): Router {
  const router = express.Router();
  const read = strangersBody(deps.ownHosts);
  router.post('/client-answers/look', ...read, async (request, response) => {
    const { code, language } = lookBody.parse(request.body);
    response.json(await lookByLink(deps, code, language));
  });
  router.post('/client-answers', ...read, async (request, response) => {
    const { code, answers } = answerByLinkBody.parse(request.body);
    const { requestId } = response.locals as { requestId?: string };
    await answerByLink(deps, code, answers, requestId);
    response.status(204).end();
  });
  return router;
}
