import express, { type Response, type Router } from 'express';
import { z } from 'zod';
import type { Caller } from '../fhir/caller.ts';
import { type Store, transact } from '../fhir/store/transact.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { makePlan } from './make-plan.ts';
import { type Plan, planInput } from './plan.ts';
import { asSeen, requireSeen } from './seen.ts';
import { sendActivity } from './send-activity.ts';
import { lockPlan, noSuchPlan, plansOfClient } from './store.ts';
import { takeReferral } from './take-referral.ts';
import type { PlanContext } from './to-fhir.ts';

export const takeBody = z.strictObject({ loopId: z.string().min(1).max(64) });
export const plansQuery = z.object({ clientId: z.string().min(1).max(64) });

/** Plans, for case managers. */
export function planRoutes(deps: PlanContext & { store: Store }): Router {
  const router = express.Router();
  const inPlanning = <T>(response: Response, work: (unit: UnitOfWork) => Promise<T>): Promise<T> => {
    const { caller } = response.locals as { caller: Caller };
    return transact(deps.store, caller, work);
  };
  router.post('/plans', async (request, response) => {
    const input = planInput.parse(request.body);
    const plan = await inPlanning(response, (unit) => makePlan(unit, deps, input));
    response.status(201).location(`/api/plans/${plan.id}`).json(shown(plan));
  });
  router.get('/plans', async (request, response) => {
    const { clientId } = plansQuery.parse(request.query);
    const plans = await inPlanning(response, async (unit) => {
      const all = await plansOfClient(unit, deps, clientId);
      return Promise.all(all.map((plan) => asSeen(unit, plan)));
    });
    response.json({ plans: plans.filter((plan) => plan !== undefined).map(shown) });
  });
  router.get('/plans/:id', async (request, response) => {
    const { id } = request.params;
    const plan = await inPlanning(response, async (unit) => asSeen(unit, await lockPlan(unit, deps, id)));
    if (!plan) throw noSuchPlan();
    response.json(shown(plan));
  });
  router.post('/plans/:id/activities/:activityId/send', async (request, response) => {
    const { id, activityId } = request.params;
    const sent = await inPlanning(response, async (unit) => {
      await requireSeen(unit, id);
      return sendActivity(unit, deps, id, activityId);
    });
    response.status(201).json(sent);
  });
  router.post('/plans/:id/referrals', async (request, response) => {
    const { loopId } = takeBody.parse(request.body);
    const plan = await inPlanning(response, async (unit) => {
      await requireSeen(unit, request.params.id);
      const whole = await takeReferral(unit, deps, loopId, request.params.id);
      return (await asSeen(unit, whole)) ?? whole;
    });
    response.status(201).json(shown(plan));
  });
  return router;
}

/** A plan as it is shown: without what is only kept to be written back. */
function shown(plan: Plan): object {
  return JSON.parse(JSON.stringify(plan, (name, value: unknown) => (name === 'kept' ? undefined : value)));
}
