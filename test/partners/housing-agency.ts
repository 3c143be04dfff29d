import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { openDesk } from './desk.ts';
import { type FhirClient, type Known, search } from './fhir/client.ts';
import { createLedger, type Ledger, tellingOf } from './ledger.ts';
import type { Agency } from './leg-work.ts';

export interface HousingAgencyOptions {
  readonly organizationId: string;
  readonly hub: FhirClient;
  readonly pace: () => Promise<void>;
  /** How often it looks for work. */
  readonly pollMs: number;
}

/** An agency that has only a FHIR client: it looks for its Tasks at the hub and works them there. */
export interface HousingAgency {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

export function startHousingAgency(options: HousingAgencyOptions): HousingAgency {
  const ledger = createLedger();
  const desk = openDesk(agencyOf(options, ledger));
  const seen = new Set<string>();
  const watching = watch(options, (task) => {
    const version = `${task.id} ${task.meta?.versionId}`;
    if (!seen.has(version)) ledger.write(tellingOf(task, 'found'));
    seen.add(version);
    desk.take(task.id);
  });
  return {
    ledger,
    close: async () => {
      await watching;
      await desk.close();
    },
  };
}

async function watch(
  { hub, organizationId, pollMs }: HousingAgencyOptions,
  found: (task: Known<Task>) => void,
): Promise<void> {
  const query = `Task?owner=Organization/${organizationId}&status=requested,accepted,in-progress&_count=100`;
  while (!hub.stop.aborted) {
    const tasks = await search<Task>(hub, query).catch(() => []);
    for (const task of tasks) found(task);
    await pause(pollMs, undefined, { signal: hub.stop }).catch(() => undefined);
  }
}

function agencyOf({ hub, pace }: HousingAgencyOptions, ledger: Ledger): Agency {
  return {
    system: 'https://harbor-housing.example/visits',
    hub,
    ledger,
    decide: () => ({ accepts: true }),
    done: (request) => ({
      text: asksForFood(request) ? 'Place in the meal programme' : 'Rent agreement reached with the landlord',
    }),
    pace,
    updatesBy: 'PATCH',
    writesUpAfterwards: true,
  };
}

function asksForFood(request: ServiceRequest): boolean {
  return (request.category ?? []).some(({ coding }) => coding?.some(({ code }) => code === 'food-insecurity'));
}
