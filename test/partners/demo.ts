import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type MailServer, mailServer } from '../support/mail-server.ts';
import { gather, judge } from './audit.ts';
import { loadEngine } from './fhir/engine.ts';
import type { Wish } from './hospital.ts';
import { addDemoPeople } from './hub/demo-people.ts';
import { operatorFromEnvironment } from './hub/hub-token.ts';
import { type OwnHub, startOwnHub } from './hub/own-hub.ts';
import { hasPublishedExamples } from './referrals/examples.ts';
import { followLoops } from './report/progress.ts';
import { reportOf, tableOf } from './report/table.ts';
import { type Partners, startPartners } from './start-partners.ts';

/**
 * `npm run demo`: ten referrals from sent to closed, with simulated partners, on a hub of its own (or the one at HUB_URL).
 * `--json` prints one JSON object and nothing else on standard output; `--stay` keeps everything running to be looked at.
 */
const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, stay: { type: 'boolean', default: false } },
});

const INTERRUPTED = 130;
const LONGEST_MS = 120_000;

/** Near enough for the food bank, too far away (then a pantry that has only a mailbox is asked), or in need of another agency. */
const WISHES: readonly Wish[] = [
  { need: 'food', postalCode: '62223' },
  { need: 'food', postalCode: '62269' },
  { need: 'housing' },
  { need: 'food', postalCode: '62208' },
  { need: 'food', postalCode: '62226' },
  { need: 'food', postalCode: '62254' },
  { need: 'housing' },
  { need: 'food', postalCode: '62223' },
  { need: 'food', postalCode: '62269' },
  { need: 'food', postalCode: '62226' },
];

const say = (line = ''): void => (options.json ? console.error(line) : console.log(line));

const stopped = new AbortController();
// Not `once`: a second signal must not end it before it has tidied up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());

async function run(): Promise<number> {
  const undo: (() => Promise<void>)[] = [];
  try {
    const hub = await findHub(undo);
    const { url: hubUrl, operator, mails } = hub;
    const partners = await startPartners({ hubUrl, operator, mails, pace: [200, 700], pollMs: 200 });
    undo.push(() => partners.close());
    const code = await demonstrate(partners, hub);
    if (stopped.signal.aborted) return code;
    if (options.stay) await stay(hub, partners);
    else if (await isIll(hub)) return 1;
    return code;
  } catch (thrown) {
    if (stopped.signal.aborted) return INTERRUPTED;
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return 1;
  } finally {
    stopped.abort();
    for (const step of undo.reverse()) await step();
  }
}

/** One that was there already has no administrator here, and mails to others. */
type Hub = Pick<OwnHub, 'url' | 'operator'> &
  Partial<Pick<OwnHub, 'administrator' | 'examine'>> & { mails?: MailServer };

async function findHub(undo: (() => Promise<void>)[]): Promise<Hub> {
  const { DATABASE_URL, REDIS_URL, HUB_URL } = process.env;
  if (HUB_URL && !DATABASE_URL) {
    say(`Using the hub at ${HUB_URL}.`);
    return { url: HUB_URL.replace(/\/+$/, ''), operator: operatorFromEnvironment() };
  }
  const mails = await mailServer();
  undo.push(() => mails.close());
  const starting = startOwnHub({
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL,
    workers: 1,
    settings: { DEMO_STORE: 'true', SMTP_URL: mails.url, MAIL_FROM: 'hub@demo.example' },
  });
  // The partners' part of starting, while the hub's processes do theirs.
  setImmediate(loadEngine);
  const hub = await starting;
  undo.push(() => hub.close());
  say(`A hub runs at ${hub.url}, on ${hub.store}${hub.roles.length > 1 ? ', API and workers apart' : ''}.`);
  return { ...hub, mails };
}

async function demonstrate(partners: Partners, hub: Hub): Promise<number> {
  say(
    `Mercy Hospital sends ${WISHES.length} referrals (food: ${hasPublishedExamples() ? "HL7's SDOH Clinical Care examples" : 'examples of this project'}).`,
  );
  say();
  const progress = followLoops(hub.operator, hub.url, say);
  const sending = sendAll(partners);
  const closing = untilClosed(partners, progress);
  await Promise.race([closing, sending.then(() => closing)]);
  return stopped.signal.aborted ? INTERRUPTED : report(partners, hub.url, progress.missing());
}

async function sendAll({ hospital }: Partners): Promise<void> {
  for (const wish of WISHES) {
    if (stopped.signal.aborted) return;
    await hospital.refer(wish);
    await pause(200);
  }
}

async function untilClosed({ hospital }: Partners, progress: ReturnType<typeof followLoops>): Promise<void> {
  const giveUpAt = performance.now() + LONGEST_MS;
  while (performance.now() < giveUpAt && !stopped.signal.aborted) {
    if ((await progress.look(hospital.sent)) === WISHES.length) return;
    await pause(150);
  }
}

async function report(partners: Partners, hubUrl: string, missing: readonly string[]): Promise<number> {
  const evidence = await gather(partners, hubUrl);
  const findings = judge(evidence);
  const loops = reportOf(partners.hospital.sent, evidence);
  const sent = loops.length;
  const closed = loops.filter((loop) => loop.closed).length;
  const { lost, duplicated, outOfOrder } = findings;
  say(`\n${tableOf(loops)}\n`);
  say(
    `${sent} sent, ${closed} closed, ${lost.length} lost, ${duplicated.length} duplicated, ${outOfOrder.length} out of order.`,
  );
  for (const line of [...lost, ...duplicated, ...outOfOrder, ...missing]) console.error(line);
  const counts = { sent, closed, lost: lost.length, duplicated: duplicated.length, outOfOrder: outOfOrder.length };
  if (options.json) console.log(JSON.stringify({ ...counts, loops }));
  const flawless =
    closed === sent && sent === WISHES.length && lost.length + duplicated.length + outOfOrder.length === 0;
  return flawless ? 0 : 1;
}

/** Whether the doctor finds something in what the hub leaves. One that was there already is not stopped for that. */
async function isIll({ examine }: Hub): Promise<boolean> {
  const findings = (await examine?.()) ?? [];
  for (const line of findings) console.error(line);
  if (examine) say(`The doctor finds ${findings.length === 0 ? 'nothing' : findings.length}.`);
  return findings.length > 0;
}

async function stay({ url, administrator }: Hub, partners: Partners): Promise<void> {
  const { hospital, foodBank } = partners;
  say(`\nStill running (Ctrl-C ends it):`);
  say(`  the loops               ${url}/`);
  if (administrator) {
    say(`\nSign in by a link; each is good once:`);
    for (const { who, link } of await addDemoPeople(administrator, partners)) say(`  as ${who.padEnd(20)} ${link}`);
    say();
  }
  say(`  one more referral       curl -X POST '${hospital.server.url}/refer'`);
  say(`  what the hospital heard ${hospital.server.url}/ledger`);
  say(`  what the food bank did  ${foodBank.server.url}/ledger`);
  await new Promise<void>((resolve) => stopped.signal.addEventListener('abort', () => resolve()));
}

process.exitCode = await run();
