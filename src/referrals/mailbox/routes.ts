import express, { type Response, type Router } from 'express';
import type { ConsentPolicy } from '../../access/consent/policy.ts';
import { askForCode } from '../../access/mailbox/code.ts';
import { linkOf } from '../../access/mailbox/link.ts';
import { endVisit, openVisit, readVisit, type Visit, type VisitDeps } from '../../access/mailbox/visit.ts';
import { forgetCookie, keepCookie, type SessionCookie } from '../../access/sessions/cookie.ts';
import { strangersBody } from '../../access/sign-in/routes.ts';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Recorder } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { Store } from '../../fhir/store/transact.ts';
import { noteSeen } from '../../loops/next-step/seen.ts';
import { readBody } from '../conversation/api.ts';
import { listMessages } from '../conversation/list-messages.ts';
import { readMessages } from '../conversation/read-messages.ts';
import { writeMessage } from '../conversation/write-message.ts';
import type { ReferralDeps } from '../task-changes.ts';
import { answerByMailbox, withdrawn } from './answer.ts';
import { answerInput, codeAsked, mailboxMessage, openBody } from './api.ts';
import { clientOf } from './client-of.ts';
import { withFiles } from './files/attached.ts';
import { fileRoutes } from './files/routes.ts';
import { readReferral } from './read-referral.ts';

export interface MailboxDeps extends ReferralDeps, VisitDeps {
  readonly store: Store;
  readonly consentPolicy: ConsentPolicy;
  readonly sessions: { readonly cookie: SessionCookie };
  readonly ownHosts: readonly string[];
  readonly record: Recorder;
}

/** What comes before a visit, for who has a link. Nothing here is done by a GET: what looks at links in mails changes nothing. */
export function mailboxDoor(deps: MailboxDeps): Router {
  const router = express.Router();
  const read = strangersBody(deps.ownHosts);
  router.use(['/mailbox/code', '/mailbox/open'], (_request, _response, next) => {
    if (deps.mailboxAnswers) return next();
    throw new AppError(
      'forbidden',
      'mailbox.off',
      'This hub takes no answers by mailbox. Sign in, or call who asks you.',
    );
  });
  router.post('/mailbox/code', ...read, async (request, response) => {
    const { link } = codeAsked.parse(request.body);
    await askForCode(deps.db, await linkOf(deps.db, link, deps.now()), deps.now());
    response.status(204).end();
  });
  router.post('/mailbox/open', ...read, async (request, response) => {
    const { requestId } = response.locals as { requestId?: string };
    const cookie = await openVisit(deps, openBody.parse(request.body), requestId);
    const opened = await readVisit(deps, cookie, deps.now());
    response.set('Set-Cookie', keepCookie(deps.sessions.cookie, cookie));
    response.status(201).json({ csrfToken: opened?.csrfToken ?? '' });
  });
  return router;
}

/**
 * What somebody reads and does who came by a mailbox. No address names a referral: there is one Task, that of the link. Files
 * are named by what they are attached to, which is looked for among what is shown for that Task.
 */
export function mailboxRoutes(deps: MailboxDeps): Router {
  const router = express.Router();
  const { store } = deps;
  router.get('/mailbox', async (_request, response) => {
    const { visit, caller } = visitOf(response);
    const referral = await readReferral(deps.db, visit, deps.consentPolicy);
    if (!referral) throw withdrawn();
    const { taskId, loopId } = visit;
    if (referral.status === 'requested') await noteSeen(store, caller, [{ taskId, loopId }]);
    response.json(referral);
  });
  router.post('/mailbox/answer', async (request, response) => {
    const { visit, caller } = visitOf(response);
    await answerByMailbox(store, caller, visit, answerInput.parse(request.body));
    response.status(204).end();
  });
  router.delete('/mailbox', async (_request, response) => {
    const { visit, caller } = visitOf(response);
    await endVisit(deps, visit, caller);
    response.set('Set-Cookie', forgetCookie(deps.sessions.cookie)).status(204).end();
  });
  return router.use(messageRoutes(deps), fileRoutes(deps));
}

const MOST_MESSAGES = 100;

function messageRoutes(deps: MailboxDeps): Router {
  const router = express.Router();
  const { store } = deps;
  router.get('/mailbox/messages', async (_request, response) => {
    const { visit, caller } = visitOf(response);
    const of = { loopId: visit.loopId, hubOrg: deps.hubOrg };
    const { messages } = await listMessages(deps.db, caller, of, { limit: MOST_MESSAGES });
    const reference = await clientOf(deps.db, visit);
    response.json({ client: { reference }, messages: await withFiles(deps.db, caller, messages) });
  });
  router.post('/mailbox/messages', async (request, response) => {
    const { visit, caller } = visitOf(response);
    const body = mailboxMessage.parse(request.body);
    const to = await writerOf(deps.db, visit, body.inResponseTo);
    const said = { ...body, taskId: visit.taskId, ...(to ? { to } : {}) };
    const { id, isNew } = await writeMessage({ store, referrals: deps, caller }, visit.loopId, said);
    response.status(isNew ? 201 : 200).json({ id });
  });
  router.post('/mailbox/messages/read', async (request, response) => {
    const { visit, caller } = visitOf(response);
    const { through } = readBody.parse(request.body ?? {});
    const about = { resource_type: 'Task', resource_id: visit.taskId };
    const reading = { ...caller, act: { ...about, query: 'mailbox/messages/read' } };
    response.json({ read: await readMessages({ store, caller: reading }, visit.loopId, through) });
  });
  return router;
}

/** Who wrote what is answered; undefined: it goes to who asks. */
async function writerOf(sql: Sql, { taskId }: Visit, messageId: string | undefined): Promise<string | undefined> {
  if (messageId === undefined) return undefined;
  const values = [messageId, taskId];
  const [row] = await sql.query<{ from: string }>(
    'SELECT from_org AS "from" FROM message WHERE id = $1 AND task_id = $2',
    values,
  );
  return row?.from;
}

/** Who came, as the rules before have found out. */
function visitOf(response: Response): { readonly visit: Visit; readonly caller: Caller } {
  return response.locals as { visit: Visit; caller: Caller };
}
