import { setTimeout as pause } from 'node:timers/promises';
import { gather, judge } from '../partners/audit.ts';
import { loadEngine } from '../partners/fhir/engine.ts';
import type { Faults } from '../partners/fhir/faults.ts';
import type { Wish } from '../partners/hospital.ts';
import { countClosed } from '../partners/hub/loops.ts';
import { type OwnHub, startOwnHub } from '../partners/hub/own-hub.ts';
import { waitsFor } from '../partners/report/progress.ts';
import { type Partners, startPartners } from '../partners/start-partners.ts';
import { startKilling } from './killer.ts';
import { type Options, readOptions, SETTINGS } from './options.ts';
import { findServices, type RunServices } from './services.ts';

/**
 * `npm run chaos -- --loops 200 --kill workers`: referrals go through a hub whose processes are killed all the time, to
 * partners that reset, fail and hang; then everything that was accepted must have arrived: all, once, in order.
 */
const INTERRUPTED = 130;

const KILLED = {
  none: 'nothing is killed',
  workers: 'the workers are killed',
  api: 'the API is killed',
  hub: 'the hub is killed',
} as const;

/** Referrals sent in a second, at most: so that a run meets many kills. */
const PER_SECOND = 10;
const SENT_AT_ONCE = 8;

const options = optionsOrExplain();

const say = (line: string): void => (options.json ? console.error(line) : console.log(line));

const stopped = new AbortController();
// Not `once`: a second signal must not end it before it has tidied up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());

async function run(): Promise<number> {
  const undo: (() => Promise<void>)[] = [];
  try {
    const services = await servicesFor(options, undo);
    const starting = startOwnHub({ ...services, workers: 2, settings: SETTINGS });
    setImmediate(loadEngine);
    const hub = await starting;
    undo.push(() => hub.close());
    const partners = await startPartners({
      hubUrl: hub.url,
      operator: hub.operator,
      pace: [20, 200],
      pollMs: 250,
      patienceMs: options.longestMs,
      faults: options.faults,
    });
    undo.push(() => partners.close());
    const fate = `${KILLED[options.kill]}${options.kill === 'none' ? '' : `, about ${options.everyMs} ms after coming up`}`;
    say(`A hub runs on ${hub.store} (${hub.roles.join(', ')}); ${fate}.`);
    return await wreak(options, hub, partners);
  } catch (thrown) {
    if (stopped.signal.aborted) return INTERRUPTED;
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return 1;
  } finally {
    stopped.abort();
    for (const step of undo.reverse()) await step();
  }
}

function optionsOrExplain(): Options {
  try {
    return readOptions();
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(2);
  }
}

/** Killing the hub as a whole is about the embedded store; the rest is about several processes on one server. */
async function servicesFor({ kill }: Options, undo: (() => Promise<void>)[]): Promise<Partial<RunServices>> {
  if (kill === 'hub') return {};
  const services = await findServices(stopped.signal);
  undo.push(() => services.stop());
  if (!services.databaseUrl && kill !== 'none') {
    throw new Error(`--kill ${kill} needs PostgreSQL: install it, or set DATABASE_URL.`);
  }
  return services;
}

async function wreak(options: Options, hub: OwnHub, partners: Partners): Promise<number> {
  const started = performance.now();
  const killer = startKilling(hub, { victims: options.kill, everyMs: options.everyMs, seed: options.seed });
  const sending = sendAll(options, partners);
  const closing = untilClosed(options, hub);
  // When the time is over nobody waits for what cannot be sent.
  const closed = await Promise.race([closing, sending.then(() => closing)]).finally(() => killer.stop());
  if (closed) await sending;
  if (stopped.signal.aborted) return INTERRUPTED;
  await Promise.all(hub.roles.map((role) => hub.isUp(role)));
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return report(options, { hub, partners, seconds, kills: killer.kills });
}

/** Near enough, too far away, in need of another agency: the same mixture every time. */
const WISHES: readonly Wish[] = [{}, { postalCode: '62269' }, { postalCode: '62208' }, { need: 'housing' }, {}];

async function sendAll({ loops }: Options, { hospital }: Partners): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for (let number = 0; number < loops && !stopped.signal.aborted; number += 1) {
    const sending = hospital.refer(WISHES[number % WISHES.length]).then(() => undefined);
    const settled = sending
      .catch((thrown: Error) => console.error(thrown.message))
      .finally(() => underWay.delete(settled));
    underWay.add(settled);
    if (underWay.size >= SENT_AT_ONCE) await Promise.race(underWay);
    await pause(1_000 / PER_SECOND);
  }
  await Promise.all(underWay);
}

/** @returns false when the time was over before all were closed */
async function untilClosed({ loops, longestMs }: Options, hub: OwnHub): Promise<boolean> {
  const giveUpAt = performance.now() + longestMs;
  for (let round = 0; performance.now() < giveUpAt && !stopped.signal.aborted; round += 1) {
    const closed = await countClosed(hub.operator, hub.url);
    if (closed === loops) return true;
    if (round % 10 === 0) say(`${closed ?? 'Nobody knows how many'} of ${loops} closed`);
    await pause(1_000);
  }
  return false;
}

interface Run {
  readonly hub: OwnHub;
  readonly partners: Partners;
  readonly seconds: number;
  readonly kills: number;
}

async function report(options: Options, { hub, partners, seconds, kills }: Run): Promise<number> {
  const evidence = await gather(partners, hub.url);
  const { lost, duplicated, outOfOrder } = judge(evidence);
  const sent = partners.hospital.sent.length;
  const closed = evidence.filter(({ loop }) => loop?.state === 'closed').length;
  const ill = await hub.examine();
  const findings = { lost: lost.length, duplicated: duplicated.length, outOfOrder: outOfOrder.length, ill: ill.length };
  const faults = { foodBank: options.faults.foodBank.counts, hospital: options.faults.hospital.counts };
  const missing = evidence.flatMap(({ loop }) => (loop?.state === 'open' ? waitsFor(loop) : []));
  for (const line of [...lost, ...duplicated, ...outOfOrder, ...missing, ...ill, ...failuresOf(partners)])
    console.error(line);
  const flawless =
    sent === options.loops && closed === sent && lost.length + duplicated.length + outOfOrder.length + ill.length === 0;
  if (!flawless) console.error(hub.logs().split('\n').slice(-40).join('\n'));
  const result = { sent, closed, ...findings, kills, faults: totalOf(faults), seconds };
  if (options.json) console.log(JSON.stringify(result));
  else say(`${JSON.stringify(result, null, 2)}\nfaults in detail: ${JSON.stringify(faults)}`);
  return flawless ? 0 : 1;
}

/** What the agencies tried and could not do: a partner that gives up is no fault of the hub's. */
function failuresOf({ foodBank, housingAgency }: Partners): string[] {
  const entries = [...foodBank.ledger.entries, ...housingAgency.ledger.entries];
  return entries
    .filter(({ what }) => what === 'failed')
    .map(({ at, about, detail }) => `${at} an agency failed on ${about}: ${detail}`);
}

function totalOf(faults: Record<string, Faults['counts']>): number {
  return Object.values(faults)
    .flatMap((counts) => Object.values(counts))
    .reduce((sum, count) => sum + count, 0);
}

process.exitCode = await run();
