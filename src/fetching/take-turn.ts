import type { SendOutcome } from '../channels/channel.ts';
import { NotAnswered } from '../channels/fhir-fetch.ts';
import { presentedTo } from '../channels/presenting/presented.ts';
import { presenting } from '../channels/presenting/presenting.ts';
import { endWatching, type Waiting } from '../counterparts/counterparts.ts';
import { endTurn, holdTurn, lockTurn, type Turn, takeTurn as takeRow } from '../counterparts/turns.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { pauseEndpoint } from '../deliveries/pause-endpoint.ts';
import { endpointOf, type PartnerEndpoint } from '../directory/directory.ts';
import { transact } from '../fhir/store/transact.ts';
import { askServer } from './ask-server.ts';
import { isWhole, nextTurn, sinceOf, WHOLE_EVERY_MS } from './pause.ts';
import { type Source, TurnLost } from './source.ts';
import { lookAfterUnheard } from './unheard.ts';

/** How a turn went. */
interface Went {
  readonly code: string;
  readonly isFailure: boolean;
  /** Whether what was said there could not be heard. */
  readonly isUnheard?: boolean;
  /** When the server answered, by its own clock. */
  readonly asOf?: Date | undefined;
  /** Why it did not answer. */
  readonly outcome?: SendOutcome | undefined;
}

/**
 * Asks one partner's server, if one is due: it is taken, asked, and put off until its next turn. One worker at a time has it;
 * what one leaves that is killed, another takes up when its time is over.
 * @param onFault what the hub itself could not do
 * @returns what goes on with it; undefined: none is due
 */
export async function nextTurnOf(
  deps: DeliverDeps,
  onFault: (thrown: unknown) => void,
): Promise<{ readonly done: Promise<void> } | undefined> {
  const turn = await takeRow(deps.store.db, deps.store.now(), leaseMs(deps));
  return turn && { done: go(deps, turn, onFault) };
}

/** Between two signs of life there is one question at most, and twice one for a token. */
function leaseMs({ timeoutMs }: DeliverDeps): number {
  return 4 * timeoutMs + 30_000;
}

async function go(deps: DeliverDeps, taken: Turn, onFault: (thrown: unknown) => void): Promise<void> {
  let turn = taken;
  const goOn = async (): Promise<void> => {
    const until = new Date(deps.store.now().getTime() + leaseMs(deps));
    const held = await holdTurn(deps.store.db, turn, until);
    if (!held) throw new TurnLost();
    turn = held;
  };
  try {
    const { store } = deps;
    const waits = await endWatching(store.db, turn.organizationId, lateness(deps, store.now()));
    // What has ended is asked for together with everything.
    if (waits === 'late') turn = { ...turn, wholeAt: null };
    const endpoint = waits === 'nothing' ? undefined : await endpointOf(store.db, turn.organizationId);
    const went = endpoint
      ? await ask(deps, turn, endpoint, goOn, onFault)
      : { code: waits === 'nothing' ? 'nothing-to-ask' : 'no-endpoint', isFailure: false };
    const unheardSince = went.isUnheard ? (turn.unheardSince ?? store.now()) : null;
    await finish(deps, { ...turn, unheardSince }, endpoint, went);
    await lookAfterUnheard(deps, turn.organizationId, unheardSince);
  } catch (thrown) {
    if (!(thrown instanceof TurnLost)) onFault(thrown);
  }
}

function lateness({ fetchLateMs }: DeliverDeps, now: Date): { readonly now: Date; readonly lateUntil: Date } {
  return { now, lateUntil: new Date(now.getTime() + fetchLateMs) };
}

async function ask(
  deps: DeliverDeps,
  turn: Turn,
  endpoint: PartnerEndpoint,
  goOn: () => Promise<void>,
  onFault: (thrown: unknown) => void,
): Promise<Went> {
  if (endpoint.status !== 'active') return { code: 'endpoint-paused', isFailure: false, isUnheard: true };
  const since = isWhole(deps.store.now(), turn.wholeAt) ? undefined : (turn.since ?? undefined);
  try {
    const source = await sourceOf(deps, endpoint, turn.since, goOn);
    const { asOf, faults } = await askServer(deps, source, since);
    for (const fault of faults) onFault(fault);
    return faults.length > 0 ? { code: 'internal', isFailure: true } : { code: 'asked', isFailure: false, asOf };
  } catch (thrown) {
    if (thrown instanceof TurnLost) throw thrown;
    if (!(thrown instanceof NotAnswered)) {
      onFault(thrown);
      return { code: 'internal', isFailure: true };
    }
    return { code: thrown.outcome.code, isFailure: true, isUnheard: true, outcome: thrown.outcome };
  }
}

async function sourceOf(
  deps: DeliverDeps,
  endpoint: PartnerEndpoint,
  heard: Date | null,
  goOn: () => Promise<void>,
): Promise<Source> {
  const { store, secretKeys, partnerTokens, timeoutMs, hubBase } = deps;
  const presented = await presentedTo(store.db, secretKeys, endpoint);
  const outbound = presenting(deps.outbound, presented, partnerTokens);
  const { organizationId, address } = endpoint;
  return { organizationId, base: address, hubBase, heard, context: { outbound, timeoutMs, goOn, now: store.now } };
}

/** A server that lets the hub in no more, or is gone, is not knocked at until a person has looked, as where it is delivered to. */
async function finish(
  deps: DeliverDeps,
  turn: Turn,
  endpoint: PartnerEndpoint | undefined,
  { code, isFailure, asOf, outcome }: Went,
): Promise<void> {
  await transact(deps.store, { kind: 'hub', organizationId: deps.hubOrg }, async (unit) => {
    if (!(await lockTurn(unit.tx, turn))) return;
    const waits = await endWatching(unit.tx, turn.organizationId, lateness(deps, unit.now));
    const failures = isFailure ? turn.failures + 1 : 0;
    const notBefore = outcome?.kind === 'retry' ? outcome.notBefore : undefined;
    const intervalMs = isFailure ? deps.fetchIntervalMs : intervalOf(deps, waits);
    const next = nextTurn(unit.now, { intervalMs, failures, notBefore, chance: deps.chance() });
    const at = waits === 'nothing' ? null : next;
    const wasWhole = isWhole(unit.now, turn.wholeAt) || turn.since === null;
    const since = asOf ? sinceOf(asOf) : turn.since;
    const wholeAt = asOf && wasWhole ? unit.now : turn.wholeAt;
    await endTurn(unit.tx, turn, { at, code, failures, since, wholeAt, unheardSince: turn.unheardSince }, unit.now);
    if (outcome?.kind === 'rejected' && outcome.endpoint) await pauseEndpoint(unit, endpoint, outcome.endpoint);
  });
}

function intervalOf({ fetchIntervalMs }: DeliverDeps, waits: Waiting): number {
  return waits === 'late' ? Math.max(WHOLE_EVERY_MS, fetchIntervalMs) : fetchIntervalMs;
}
