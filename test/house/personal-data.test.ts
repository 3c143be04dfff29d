import { afterEach, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { Redis } from 'ioredis';
import { call, done, found } from '../support/api.ts';
import { freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { addPartner, referralBundle, sendReferral } from '../support/network.ts';
import { addOperatorTo } from '../support/operator.ts';
import { killPrograms, startProgram } from '../support/processes.ts';

/** A surname nobody has. Wherever it turns up, a person's data has leaked. */
const CANARY = 'Zyxwvutsrq';

afterEach(killPrograms);

const server = process.env.TEST_DATABASE_URL && process.env.TEST_REDIS_URL ? test : test.skip;

describe("a client's name", () => {
  server('is in no log line, job, queue, error or health answer, whatever happens to its referral', async () => {
    const store = await freshStore('server');
    const redisUrl = `${process.env.TEST_REDIS_URL?.replace(/\/\d*$/, '')}/9`;
    const redis = new Redis(redisUrl);
    await redis.flushdb();
    const seen: string[] = [];
    const watch = await redis.monitor();
    watch.on('monitor', (_time: string, args: string[]) => seen.push(args.join(' ')));

    const settings = {
      ...store.settings,
      REDIS_URL: redisUrl,
      PORT: String(await freePort()),
      LOG_LEVEL: 'trace',
      RETRY_SCHEDULE_MS: '50,50',
    };
    const url = `http://127.0.0.1:${settings.PORT}`;
    await addOperatorTo(store, url);
    const api = startProgram('src/main.ts', { settings });
    await api.line(/listens on/);
    const workers = startProgram('workers/main.ts', { settings });
    await workers.line(/workers run/);
    const hub = { url, fhir: `${url}/fhir/R4` };
    const hospital = await addPartner(hub, 'St. Anna Hospital', {
      address: `http://127.0.0.1:${await freePort()}/${CANARY.length}`,
    });
    const agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });

    const id = await sendReferral(hub, hospital, { family: CANARY, identifier: 'canary' });
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${id}`, { token: agency.token }));
    const said = { ...leg, status: 'rejected', statusReason: { text: `${CANARY} lives too far away` } };
    await done(call('PUT', `${hub.fhir}/Task/${leg?.id}`, { token: agency.token, body: said }));
    // The hospital's server is not there: its delivery is tried and given up.
    await eventually(async () => {
      const { body } = await call<{ timeline: { kind: string; status: string }[] }>(
        'GET',
        `${hub.url}/api/loops/${id}`,
      );
      expect(body.timeline.filter(({ kind, status }) => kind === 'delivery' && status === 'dead')).not.toEqual([]);
    });
    const errors = [
      await call('POST', hub.fhir, {
        token: hospital.token,
        body: { ...referralBundle(hospital, { family: CANARY, identifier: 'canary' }), type: 'nonsense' },
      }),
      await call('POST', hub.fhir, {
        token: hospital.token,
        body: referralBundle(hospital, { family: `${CANARY}2`, identifier: 'canary' }),
      }),
      await call('POST', `${hub.fhir}/Patient`, {
        body: { resourceType: 'Patient', name: [{ family: CANARY, nonsense: CANARY }], birthDate: CANARY },
      }),
      await call('POST', `${hub.fhir}/Patient`, { body: `{"resourceType":"Patient","name":[{"family":"${CANARY}"` }),
      await call('PUT', `${hub.fhir}/Task/${leg?.id}`, { token: agency.token, body: { ...said, status: 'accepted' } }),
      await call('GET', `${hub.fhir}/Patient?birthdate=${CANARY}`),
    ];
    for (const { status } of errors) expect(status).toBeGreaterThanOrEqual(400);
    const health = await call('GET', `${hub.url}/health`);
    await api.stop();
    await workers.stop();

    const places: Record<string, string> = {
      'a log or the console': api.stdout() + api.stderr() + workers.stdout() + workers.stderr(),
      Redis: seen.join('\n'),
      'an error or the health answer': JSON.stringify([...errors.map(({ body }) => body), health.body]),
    };
    expect(seen.length).toBeGreaterThan(10);
    for (const [place, text] of Object.entries(places))
      expect({ place, leaks: text.includes(CANARY) }).toEqual({ place, leaks: false });
    watch.disconnect();
    redis.disconnect();
    await store.remove();
  });
});
