import express, { type Response, type Router } from 'express';
import { AppError } from '../../errors.ts';
import type { Caller } from '../../fhir/caller.ts';
import { type Store, transact } from '../../fhir/store/transact.ts';
import { named, organizationNames } from '../../loops/names.ts';
import { loopsOf } from '../../loops/queries.ts';
import type { ReferralDeps } from '../task-changes.ts';
import { addresseesOf } from './addressees.ts';
import { type LoopMessages, messageBody, messagesQuery, readBody } from './api.ts';
import { listMessages } from './list-messages.ts';
import { readMessages } from './read-messages.ts';
import { writeMessage } from './write-message.ts';

/** The conversation about a loop: what was said, saying something, and having read it. */
export function conversationRoutes(deps: ReferralDeps & { readonly store: Store }): Router {
  const router = express.Router();
  router.get('/loops/:id/messages', async (request, response) => {
    const caller = callerOf(response);
    const query = messagesQuery.parse(request.query);
    const { id } = request.params;
    const [loop] = await loopsOf(deps.store.db, { caller, hubOrg: deps.hubOrg }, [id], deps.store.now());
    if (!loop) throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
    const page = await listMessages(deps.store.db, caller, { loopId: id, hubOrg: deps.hubOrg }, query);
    const addressees = await addresseesFor(deps, caller, id);
    response.json({ client: { reference: loop.client.reference }, ...page, addressees } satisfies LoopMessages);
  });
  router.post('/loops/:id/messages', async (request, response) => {
    const body = messageBody.parse(request.body);
    const context = { store: deps.store, referrals: deps, caller: callerOf(response) };
    const { id, isNew } = await writeMessage(context, request.params.id, body);
    response.status(isNew ? 201 : 200).json({ id });
  });
  router.post('/loops/:id/messages/read', async (request, response) => {
    const { through } = readBody.parse(request.body ?? {});
    const context = { store: deps.store, caller: callerOf(response) };
    response.json({ read: await readMessages(context, request.params.id, through) });
  });
  return router;
}

/** Whom the caller may write to, each organization once. */
async function addresseesFor(
  { store }: { readonly store: Store },
  caller: Caller,
  loopId: string,
): Promise<LoopMessages['addressees']> {
  const all = await transact(store, caller, (unit) => addresseesOf(unit, loopId));
  const first = new Map(all.toReversed().map((each) => [each.organizationId, each]));
  const once = all.filter((each) => first.get(each.organizationId) === each);
  const names = await organizationNames(store.db, [...first.keys()]);
  return once.map(({ organizationId, task, goesOn }) => ({
    organization: named(organizationId, names),
    taskId: task.id,
    mayAsk: goesOn,
  }));
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}
