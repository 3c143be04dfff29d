import type { Task } from '@medplum/fhirtypes';
import { type Desk, openDesk } from './desk.ts';
import { type FhirClient, search } from './fhir/client.ts';
import type { Faults } from './fhir/faults.ts';
import { type FhirServer, startFhirServer } from './fhir/server.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Agency, Ask, Decision } from './leg-work.ts';

/** The postcodes the food bank delivers to. */
export const DELIVERY_AREA = ['62208', '62223', '62226'] as const;

export interface FoodBankOptions {
  readonly organizationId: string;
  readonly hub: FhirClient;
  readonly pace: () => Promise<void>;
  readonly port?: number | undefined;
  readonly faults?: Faults | undefined;
  /** Whom it takes on; by default people who live where it delivers. */
  readonly decide?: ((ask: Ask) => Decision) | undefined;
}

/** An agency with a FHIR server of its own: the hub pushes Tasks there, and it reports back at the hub. */
export interface FoodBank {
  readonly server: FhirServer;
  readonly ledger: Ledger;
  /** How many Tasks it holds under a business identifier. */
  holds(identifier: string): Promise<number>;
  close(): Promise<void>;
}

export async function startFoodBank(options: FoodBankOptions): Promise<FoodBank> {
  const ledger = createLedger();
  const desk = openDesk(agencyOf(options, ledger));
  const server = await startFhirServer({
    ledger,
    port: options.port,
    faults: options.faults,
    onTask: (task) => desk.take(idAtHub(task)),
  });
  await resume(options, desk);
  return {
    server,
    ledger,
    holds: async (identifier) => (await server.repository.heldUnder<Task>('Task', identifier)).length,
    close: async () => {
      await desk.close();
      await server.close();
    },
  };
}

function agencyOf({ hub, pace, decide = byPostcode }: FoodBankOptions, ledger: Ledger): Agency {
  return {
    system: 'https://northside-food.example/visits',
    hub,
    ledger,
    decide,
    done: () => ({
      coding: [{ system: 'http://snomed.info/sct', code: '710925007', display: 'Provision of food' }],
      text: 'Food boxes for four weeks',
    }),
    pace,
    updatesBy: 'PUT',
    writesUpAfterwards: false,
  };
}

function byPostcode({ patient }: Ask): Decision {
  const postcode = patient.address?.[0]?.postalCode;
  if (DELIVERY_AREA.some((served) => served === postcode)) return { accepts: true };
  return {
    accepts: false,
    reason: `We deliver to ${DELIVERY_AREA.join(', ')} only; this home is in ${postcode ?? 'no postcode'}.`,
  };
}

/** Its memory is gone after a restart: what the hub still expects of it is taken up again. */
async function resume({ hub, organizationId }: FoodBankOptions, desk: Desk): Promise<void> {
  const open = await search<Task>(
    hub,
    `Task?owner=Organization/${organizationId}&status=requested,accepted,in-progress&_count=200`,
  );
  for (const { id } of open) desk.take(id);
}

/** The Task at the hub that a pushed Task comes from. */
function idAtHub(task: Task): string {
  return task.meta?.source?.split('/').at(-1) ?? '';
}
