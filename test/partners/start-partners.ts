import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { MailServer } from '../support/mail-server.ts';
import { PARTNERS, type Partner, register, registerClient, registerEndpoint, registerMailbox } from './directory.ts';
import type { FhirClient } from './fhir/client.ts';
import type { Faults } from './fhir/faults.ts';
import type { Tokens } from './fhir/sign-in.ts';
import { type FoodBank, startFoodBank } from './food-bank.ts';
import { type Hospital, startHospital } from './hospital.ts';
import { type HousingAgency, startHousingAgency } from './housing-agency.ts';
import { type ParishPantry, type ParishPantryOptions, startParishPantry } from './parish-pantry.ts';

export interface PartnersOptions {
  /** The hub's address, without a path. */
  readonly hubUrl: string;
  /** Of a program of the hub's own organization: who registers partners. */
  readonly operator: Tokens;
  /** The least and most time an agency takes between two steps, in ms. */
  readonly pace?: readonly [number, number] | undefined;
  /** How often the housing agency looks for work, in ms. */
  readonly pollMs?: number | undefined;
  /** How long programs go on asking a hub that does not answer, in ms. */
  readonly patienceMs?: number | undefined;
  /** Where the hub's mails arrive: then there is an agency that has only a mailbox, too. */
  readonly mails?: MailServer | undefined;
  readonly faults?: { readonly foodBank?: Faults; readonly hospital?: Faults } | undefined;
  readonly ports?: { readonly foodBank?: number; readonly hospital?: number } | undefined;
}

/** A hospital and its agencies, known to the hub, each with what it was told in its ledger. */
export interface Partners {
  readonly hospital: Hospital;
  readonly foodBank: FoodBank;
  readonly housingAgency: HousingAgency;
  readonly parishPantry: ParishPantry | undefined;
  readonly ids: { readonly hospital: string; readonly foodBank: string; readonly housingAgency: string };
  /** The hub's own program, for looking at what it has. */
  readonly operator: FhirClient;
  close(): Promise<void>;
}

/** Registers the partners at a hub, each with a key of its own, and starts them. */
export async function startPartners(options: PartnersOptions): Promise<Partners> {
  const stop = new AbortController();
  // Every request and every wait listens to it.
  setMaxListeners(0, stop.signal);
  const { hubUrl, pace = [0, 0], pollMs = 200, patienceMs = 60_000, faults, ports, mails } = options;
  const base = `${hubUrl}/fhir/R4`;
  const operator: FhirClient = { base, tokens: options.operator, patienceMs, stop: stop.signal };
  const enrol = async (partner: Partner): Promise<{ organizationId: string; hub: FhirClient }> => {
    const organizationId = await register(operator, partner);
    const tokens = await registerClient(operator, hubUrl, partner, organizationId);
    return { organizationId, hub: { ...operator, tokens } };
  };
  const between = paceOf(pace, stop.signal);
  const [atHospital, atFoodBank, atHousing] = [
    await enrol(PARTNERS.hospital),
    await enrol(PARTNERS.foodBank),
    await enrol(PARTNERS.housingAgency),
  ];
  const hospital = await startHospital({
    ...atHospital,
    run: runName(),
    faults: faults?.hospital,
    port: ports?.hospital,
  });
  const foodBank = await startFoodBank({
    ...atFoodBank,
    pace: between,
    faults: faults?.foodBank,
    port: ports?.foodBank,
  });
  await registerEndpoint(operator, PARTNERS.hospital, atHospital.organizationId, hospital.server.base);
  await registerEndpoint(operator, PARTNERS.foodBank, atFoodBank.organizationId, foodBank.server.base);
  const parishPantry = mails && (await openPantry({ operator, hubUrl, mails, pace: between, stop: stop.signal }));
  const housingAgency = startHousingAgency({ ...atHousing, pace: between, pollMs });
  return {
    hospital,
    foodBank,
    housingAgency,
    parishPantry,
    ids: {
      hospital: atHospital.organizationId,
      foodBank: atFoodBank.organizationId,
      housingAgency: atHousing.organizationId,
    },
    operator,
    close: async () => {
      stop.abort(new Error('The partners were stopped.'));
      await Promise.all([hospital, foodBank, housingAgency, parishPantry].map((each) => each?.close()));
    },
  };
}

const PANTRY_BOX = 'pantry@st-brendan.example';

/** It has no program: the hub is told its mailbox. */
async function openPantry({
  operator,
  ...options
}: Omit<ParishPantryOptions, 'address'> & { readonly operator: FhirClient }): Promise<ParishPantry> {
  const organizationId = await register(operator, PARTNERS.parishPantry);
  await registerMailbox(operator, PARTNERS.parishPantry, organizationId, PANTRY_BOX);
  return startParishPantry({ ...options, address: PANTRY_BOX });
}

function paceOf([least, most]: readonly [number, number], signal: AbortSignal): () => Promise<void> {
  return () => wait(least + Math.random() * (most - least), undefined, { signal });
}

/** A word that tells this run's referrals from those of others on the same hub. */
function runName(): string {
  return Date.now().toString(36).toUpperCase();
}
