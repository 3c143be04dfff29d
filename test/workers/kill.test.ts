import { afterEach, describe, expect, test } from '@jest/globals';
import type { Bundle } from '@medplum/fhirtypes';
import { call } from '../support/api.ts';
import { freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';
import { addOperatorTo } from '../support/operator.ts';
import { killPrograms, type Program, startProgram } from '../support/processes.ts';

const KILLS = 20;

afterEach(killPrograms);

interface RunningHub {
  readonly program: Program;
  readonly url: string;
  readonly fhir: string;
}

async function startHub(settings: Record<string, string>): Promise<RunningHub> {
  const program = startProgram('workers/all-in-one.ts', { settings: { ...settings, LOG_LEVEL: 'silent' } });
  await program.line(/Careloop is ready/);
  const url = `http://127.0.0.1:${settings.PORT}`;
  return { program, url, fhir: `${url}/fhir/R4` };
}

/** Sends referrals one after another until the hub is gone; notes those it acknowledged. */
async function sendUntilGone(hub: RunningHub, hospital: Partner, acknowledged: Map<string, string>): Promise<void> {
  for (let at = 0; ; at += 1) {
    const identifier = `kill-${acknowledged.size}-${at}`;
    try {
      const answer = await call<Bundle>('POST', hub.fhir, {
        token: hospital.token,
        body: referralBundle(hospital, { identifier }),
      });
      const task = answer.body.entry?.at(-1)?.response?.location?.split('/')[1];
      if (answer.status === 200 && task) acknowledged.set(identifier, task);
    } catch {
      return;
    }
  }
}

describe('the embedded store', () => {
  test(`loses nothing that was acknowledged over ${KILLS} kills at any moment`, async () => {
    const store = await freshStore('embedded');
    const settings = { ...store.settings, PORT: String(await freePort()) };
    await addOperatorTo(store, `http://127.0.0.1:${settings.PORT}`);
    const acknowledged = new Map<string, string>();
    let hub = await startHub(settings);
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    await addPartner(hub, 'Homes First', { category: 'food-insecurity' });

    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = acknowledged.size;
      const sending = sendUntilGone(hub, hospital, acknowledged);
      // At another point of another referral each time.
      await eventually(() => expect(acknowledged.size).toBeGreaterThan(before + (kill % 4)));
      await hub.program.kill();
      await sending;
      hub = await startHub(settings);
    }

    expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS);
    for (const [identifier, task] of acknowledged) {
      const answer = await call('GET', `${hub.fhir}/Task/${task}`, { token: hospital.token });
      expect(answer.body).toMatchObject({ status: 'requested', identifier: [{ value: identifier }] });
    }
    await eventually(async () => {
      const { body } = await call<{ open: number }>('GET', `${hub.url}/api/loops/counts`);
      expect(body.open).toBeGreaterThanOrEqual(acknowledged.size);
    });
    await hub.program.stop();
    const check = startProgram('src/cli.ts', {
      settings: { ...store.settings, LOG_LEVEL: 'silent' },
      args: ['loops', 'check'],
    });
    await check.line(/loops checked, 0 differ/);
    await check.ended();
    await store.remove();
  }, 900_000);

  test('refuses a second start on the same folder in a clear sentence', async () => {
    const store = await freshStore('embedded');
    const settings = { ...store.settings, PORT: String(await freePort()) };
    await startHub(settings);
    const second = startProgram('workers/all-in-one.ts', {
      settings: { ...store.settings, PORT: String(await freePort()) },
    });
    await second.line(
      /The data folder .* is in use by process \d+\. Stop that one, or start this one with another DATA_DIR\./,
      { from: 'stderr' },
    );
    await killPrograms();
    await store.remove();
  });
});
