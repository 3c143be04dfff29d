import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { findServices } from './chaos/services.ts';
import { startOwnHub } from './partners/hub/own-hub.ts';
import { startPartners } from './partners/start-partners.ts';
import type { Faults } from './partners/fhir/faults.ts';
const stop = new AbortController();
const services = await findServices(stop.signal);
if (process.argv[3] === 'noredis') Object.assign(services, { redisUrl: undefined });
const hub = await startOwnHub({ ...services, workers: 1, settings: { DELIVERY_TIMEOUT_MS: '15000' } });
let hanging = false;
const faults: Faults = { counts: { reset: 0, error: 0, hang: 0 }, next: () => (hanging ? { kind: 'hang', afterwards: false } : undefined), commit: (_f, q, r) => { const t = setTimeout(() => q.socket.destroy(), 60000); r.once('close', () => clearTimeout(t)); } };
const partners = await startPartners({ hubUrl: hub.url, faults: { foodBank: faults }, pollMs: 500 });
const list = await (new Client({ connectionString: services.databaseUrl })); await list.connect();
const db = (await list.query("select datname from pg_database where datname like 'careloop_run_%' order by 1 desc")).rows[0].datname; await list.end();
const url = new URL(services.databaseUrl ?? ''); url.pathname = `/${db}`;
const sql = new Client({ connectionString: url.href }); await sql.connect();
const latency = async (label: string) => {
  const before = partners.hospital.sent.length;
  for (let i = 0; i < 20; i++) { await partners.hospital.refer({ need: 'housing' }); await pause(100); }
  await pause(6000);
  const ids = partners.hospital.sent.slice(before).map((s) => s.loopId);
  const { rows } = await sql.query(`select count(*) n, count(settled_at) settled, round(avg(extract(epoch from settled_at-created_at)*1000)) avg_ms, round(max(extract(epoch from settled_at-created_at)*1000)) max_ms from delivery where kind='offer' and loop_id = any($1)`, [ids]);
  console.log(label, JSON.stringify(rows[0]));
};
try {
await latency('housing offers, food bank well');
hanging = true;
for (let i = 0; i < Number(process.argv[2] ?? 300); i++) await partners.hospital.refer({ need: 'food' });
await pause(3000);
const cpu = async () => (await sql.query("select sum(relays)::int r, count(*)::int n from outbox")).rows[0];
const a = await cpu(); await pause(10000); const b = await cpu();
console.log('outbox', JSON.stringify(a), JSON.stringify(b), 'relays per second', (b.r - a.r) / 10);
await latency('housing offers, food bank hangs');
} catch (e) { console.error(e, hub.logs().slice(-3000)); }
await sql.end(); await partners.close(); await hub.close(); await services.stop();
