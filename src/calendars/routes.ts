import express, { type Response, type Router } from 'express';
import type { Caller } from '../fhir/caller.ts';
import { calendarSchema } from './calendar.ts';
import { type CalendarDeps, describeCalendar, dropCalendar, setCalendar } from './set-calendar.ts';

const PATH = '/organizations/:id/calendar';

/** When organizations work: said by themselves, and known to everybody. */
export function calendarRoutes(deps: CalendarDeps): Router {
  const router = express.Router();
  router.get(PATH, async (request, response) => {
    response.json(await describeCalendar(deps, callerOf(response), request.params.id));
  });
  router.put(PATH, async (request, response) => {
    const calendar = calendarSchema.parse(request.body);
    response.json(await setCalendar(deps, callerOf(response), request.params.id, calendar));
  });
  router.delete(PATH, async (request, response) => {
    await dropCalendar(deps, callerOf(response), request.params.id);
    response.status(204).end();
  });
  return router;
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}
