import type { Task } from '@medplum/fhirtypes';
import { isOver, type Leg, type Loop, readLoopPatiently, referralsUnder, type TimelineEntry } from './hub/loops.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Partners } from './start-partners.ts';

/** What there is to see of one referral, on every side. */
export interface Evidence {
  readonly identifier: string;
  /** The referrals the hub has under its identifier. */
  readonly roots: readonly Task[];
  readonly loop: Loop | undefined;
  /** What the hospital was told, in the order it was told. */
  readonly told: readonly LedgerEntry[];
  /** How many Tasks the hospital holds under the identifier. */
  readonly heldBySender: number;
  readonly legs: readonly { readonly leg: Leg; readonly heldByReceiver: number }[];
}

/** What was lost, done twice, or said in the wrong order; each as a sentence. */
export interface Findings {
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly outOfOrder: readonly string[];
}

/** Compares what the hub accepted with what arrived: all of it, once, in order. Pure. */
export function judge(evidence: readonly Evidence[]): Findings {
  return {
    lost: evidence.flatMap(lostIn),
    duplicated: evidence.flatMap(duplicatedIn),
    outOfOrder: evidence.flatMap(outOfOrderIn),
  };
}

function lostIn({ identifier, roots, told, legs }: Evidence): string[] {
  return [
    ...(roots.length === 0 ? [`${identifier} was accepted, and the hub does not have it.`] : []),
    ...(told.some(({ status }) => isOver(status)) ? [] : [`${identifier}: the hospital never heard how it ended.`]),
    ...legs
      .filter(({ heldByReceiver }) => heldByReceiver === 0)
      .map(({ leg }) => `${identifier}: the offer to ${leg.organization.name} never arrived.`),
  ];
}

function duplicatedIn({ identifier, roots, heldBySender, legs }: Evidence): string[] {
  const effects = (roots[0]?.output ?? []).filter(({ valueReference }) =>
    valueReference?.reference?.startsWith('Procedure/'),
  );
  return [
    ...(roots.length > 1 ? [`${identifier} is ${roots.length} referrals at the hub.`] : []),
    ...(heldBySender > 1 ? [`${identifier} is ${heldBySender} Tasks at the hospital.`] : []),
    ...(effects.length > 1 ? [`${identifier}: ${effects.length} Procedures say what was done once.`] : []),
    ...legs
      .filter(({ heldByReceiver }) => heldByReceiver > 1)
      .map(
        ({ leg, heldByReceiver }) =>
          `${identifier}: ${leg.organization.name} has ${heldByReceiver} Tasks for one offer.`,
      ),
  ];
}

function outOfOrderIn({ identifier, told, loop }: Evidence): string[] {
  const backwards = told.slice(1).filter((entry, at) => goesBack(told[at], entry));
  return [
    ...backwards.map(({ status }) => `${identifier}: the hospital was told "${status}" after something newer.`),
    ...brokenChains(loop?.timeline ?? []).map((step) => `${identifier}: ${step}`),
  ];
}

const ORDER = ['requested', 'accepted', 'in-progress', 'completed'];

/** Whether news is older than the news before. The same said again is not. */
function goesBack(before: LedgerEntry | undefined, after: LedgerEntry): boolean {
  if (!before) return false;
  if ((after.modified ?? '') < (before.modified ?? '')) return true;
  if (isOver(before.status)) return after.status !== before.status;
  return ORDER.indexOf(after.status ?? '') < ORDER.indexOf(before.status ?? '');
}

/** Steps of one Task that do not begin where the one before ended: something was applied twice, or too late. */
function brokenChains(timeline: readonly TimelineEntry[]): string[] {
  const last = new Map<string, string | undefined>();
  return timeline
    .filter(({ kind }) => kind === 'status')
    .flatMap(({ of, organization, from, to }) => {
      const task = of === 'root' ? 'the referral' : `the part of ${organization?.name}`;
      const before = last.get(task);
      last.set(task, to);
      return (from ?? undefined) === before ? [] : [`${task} went from "${from}" to "${to}" when it was "${before}".`];
    });
}

const AT_ONCE = 8;

/** Gathers the evidence of every referral that was sent. */
export async function gather(partners: Partners, hubUrl: string): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  const { sent } = partners.hospital;
  for (let at = 0; at < sent.length; at += AT_ONCE) {
    evidence.push(
      ...(await Promise.all(sent.slice(at, at + AT_ONCE).map((each) => evidenceOf(partners, hubUrl, each)))),
    );
  }
  return evidence;
}

async function evidenceOf(
  partners: Partners,
  hubUrl: string,
  sent: { loopId: string; referral: { identifier: string } },
): Promise<Evidence> {
  const { identifier } = sent.referral;
  const loop = await readLoopPatiently(partners.operator, hubUrl, sent.loopId);
  const legs = await Promise.all(
    (loop?.legs ?? []).map(async (leg) => ({
      leg,
      heldByReceiver: await heldFor(partners, leg, loop?.client.reference),
    })),
  );
  return {
    identifier,
    loop,
    legs,
    roots: await referralsUnder(partners.operator, identifier),
    told: partners.hospital.ledger.toldAbout(identifier),
    heldBySender: await partners.hospital.holds(identifier),
  };
}

/** The system of the identifiers that the hub gives its own Tasks. */
const HUB_TASKS = 'https://careloop.dev/fhir/NamingSystem/task';

/** How often an offer arrived: as Tasks on the agency's server, as one found by looking for it, or as a page that was opened. */
async function heldFor(
  { ids, foodBank, housingAgency, parishPantry }: Partners,
  leg: Leg,
  client: string | undefined,
): Promise<number> {
  const identifier = `${HUB_TASKS}|${leg.id}`;
  if (leg.organization.id === ids.foodBank) return foodBank.holds(identifier);
  if (leg.organization.id === ids.housingAgency) return Math.min(1, housingAgency.ledger.toldAbout(identifier).length);
  return parishPantry?.ledger.toldAbout(client ?? '').length ?? 0;
}
