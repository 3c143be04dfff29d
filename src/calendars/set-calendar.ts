import { AppError } from '../errors.ts';
import { entries, entryRow, type NewEntry } from '../fhir/audit/record/new-entry.ts';
import type { Caller } from '../fhir/caller.ts';
import { type Store, transact } from '../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { Calendar } from './calendar.ts';
import { keepCalendar, readCalendar } from './store.ts';

export interface CalendarDeps {
  readonly store: Store;
  /** When the hub's own people work, where its Organization has no calendar; and who has none either. */
  readonly hubCalendar: Calendar;
  readonly hubOrg: string;
}

/** What anybody may be told of when an organization works. */
export interface CalendarAnswer {
  readonly organizationId: string;
  readonly calendar: Calendar;
  /** Whose it is: its own, or that of the hub, which goes for who has none. */
  readonly of: 'organization' | 'hub';
  /** When its own was set last; null: it has none. */
  readonly setAt: Date | null;
}

/**
 * Sets when an organization works, in the place of what it was. What is open falls due by it from now on.
 * @throws AppError: 404 when there is no such organization; 403 when it is neither the caller's own nor one it has entered
 */
export function setCalendar(
  deps: CalendarDeps,
  caller: Caller,
  id: string,
  calendar: Calendar,
): Promise<CalendarAnswer> {
  return change(deps, caller, id, calendar);
}

/** It works when the hub does, from now on. @throws AppError like `setCalendar` */
export async function dropCalendar(deps: CalendarDeps, caller: Caller, id: string): Promise<void> {
  await change(deps, caller, id, null);
}

/** @throws AppError (404) when there is no such organization */
export function describeCalendar(deps: CalendarDeps, caller: Caller, id: string): Promise<CalendarAnswer> {
  return transact(deps.store, caller, async (unit) => {
    requireThere(id, await unit.find('Organization', id, BY_HUB));
    return answer(unit, deps, id);
  });
}

function change(deps: CalendarDeps, caller: Caller, id: string, calendar: Calendar | null): Promise<CalendarAnswer> {
  return transact(deps.store, caller, async (unit) => {
    await requireOwn(unit, id);
    const isOther = await keepCalendar(unit.tx, id, calendar, { caller, at: unit.now });
    if (isOther) note(unit, id, calendar === null ? 'D' : 'U');
    return answer(unit, deps, id);
  });
}

async function answer(unit: UnitOfWork, { hubCalendar, hubOrg }: CalendarDeps, id: string): Promise<CalendarAnswer> {
  const own = await readCalendar(unit.tx, id);
  if (own?.calendar) return { organizationId: id, calendar: own.calendar, of: 'organization', setAt: own.setAt };
  const hub = await readCalendar(unit.tx, hubOrg);
  return { organizationId: id, calendar: hub?.calendar ?? hubCalendar, of: 'hub', setAt: null };
}

function requireThere(id: string, organization: unknown): void {
  if (organization) return;
  throw new AppError('notFound', 'resource.not-found', `There is no Organization/${id} here.`);
}

/** Organizations are known to everybody: it is no secret that it is there. */
async function requireOwn(unit: UnitOfWork, id: string): Promise<void> {
  requireThere(id, await unit.lock('Organization', id, BY_HUB));
  const { kind, organizationId } = unit.caller;
  if (kind !== 'client' || organizationId === id || unit.authorOf('Organization', id) === organizationId) return;
  const text = 'This is the calendar of another organization. It sets it itself, or an administrator of the hub does.';
  throw new AppError('forbidden', 'calendar.other-organization', text);
}

function note(unit: UnitOfWork, id: string, action: NewEntry['action']): void {
  const said = { action, interaction: 'operation', resource_type: 'Organization', resource_id: id, query: 'calendar' };
  unit.add(entries, { ...entryRow(unit.caller, said), recorded_at: unit.now.toISOString() });
}
