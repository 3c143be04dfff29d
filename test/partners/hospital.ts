import type { Bundle, Task } from '@medplum/fhirtypes';
import { type FhirClient, transact } from './fhir/client.ts';
import type { Faults } from './fhir/faults.ts';
import { type FhirServer, startFhirServer } from './fhir/server.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { buildReferral, type Need, type Referral } from './referrals/referral.ts';

export interface HospitalOptions {
  readonly organizationId: string;
  readonly hub: FhirClient;
  /** Tells the referrals of one run from those of another. */
  readonly run: string;
  readonly port?: number | undefined;
  readonly faults?: Faults | undefined;
}

/** What the hospital wants for somebody. */
export interface Wish {
  readonly need?: Need | undefined;
  readonly postalCode?: string | undefined;
}

/** A referral the hub has accepted. */
export interface Sent {
  readonly number: number;
  readonly referral: Referral;
  /** The loop at the hub: the id of the Task there. */
  readonly loopId: string;
  readonly sentAt: Date;
}

/** Sends referrals, and hears on its own FHIR server how they go. */
export interface Hospital {
  readonly server: FhirServer;
  readonly ledger: Ledger;
  readonly sent: readonly Sent[];
  /** Sends one referral, again and again until the hub answers. */
  refer(wish?: Wish): Promise<Sent>;
  /** How many Tasks it holds under a business identifier. */
  holds(identifier: string): Promise<number>;
  close(): Promise<void>;
}

export async function startHospital(options: HospitalOptions): Promise<Hospital> {
  const ledger = createLedger();
  const sent: Sent[] = [];
  let count = 0;
  const refer = async (wish: Wish = {}): Promise<Sent> => {
    count += 1;
    const referral = buildReferral({ ...wish, number: count, run: options.run, hospitalId: options.organizationId });
    await keepCopy(server, referral);
    const accepted = { number: count, referral, sentAt: new Date(), loopId: await send(options.hub, referral) };
    ledger.write({ kind: 'did', what: 'referred', about: referral.identifier, detail: `Task/${accepted.loopId}` });
    sent.push(accepted);
    return accepted;
  };
  const server = await startFhirServer({
    ledger,
    port: options.port,
    faults: options.faults,
    pages: {
      'POST /refer': (query) =>
        refer(wishOf(query)).then(({ referral, loopId }) => ({ identifier: referral.identifier, loop: loopId })),
    },
  });
  return {
    server,
    ledger,
    sent,
    refer,
    holds: async (identifier) => (await server.repository.heldUnder<Task>('Task', identifier)).length,
    close: () => server.close(),
  };
}

/** The hospital's own record of the referral: the hub's news update it. */
async function keepCopy(server: FhirServer, { task }: Referral): Promise<void> {
  const { identifier, status, intent, code, description } = task;
  await server.repository.createResource<Task>({
    resourceType: 'Task',
    identifier,
    status,
    intent,
    code,
    description,
  } as Task);
}

/** @returns the id of the Task at the hub */
async function send(hub: FhirClient, { bundle }: Referral): Promise<string> {
  const answer = await transact(hub, bundle);
  return taskIdIn(answer) ?? fail('The hub accepted a referral without saying where it is.');
}

function taskIdIn({ entry }: Bundle): string | undefined {
  const locations = (entry ?? []).flatMap(({ response }) => response?.location ?? []);
  return locations.map((location) => /(?:^|\/)Task\/([^/]+)/.exec(location)?.[1]).find(Boolean);
}

function fail(text: string): never {
  throw new Error(text);
}

function wishOf(query: URLSearchParams): Wish {
  return {
    need: query.get('need') === 'housing' ? 'housing' : 'food',
    postalCode: query.get('postalCode') ?? undefined,
  };
}
