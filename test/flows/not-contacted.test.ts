import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, ServiceRequest } from '@medplum/fhirtypes';
import { requireContactAllowed } from '../../src/loops/client-contact.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';
import { legNetwork } from './legs/leg-network.ts';

const SYSTEM = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
/** As it is displayed, in every language that senders write in, and in none. */
const DISPLAYS = [
  'Contacting subject prohibited',
  'Prohibido contactar',
  'Kontakt förbjuden',
  '禁止联系',
  '연락 금지',
  '',
];
const prohibited = (display = DISPLAYS[0]): ServiceRequest['orderDetail'] => [
  { coding: [{ system: SYSTEM, code: 'contacting-subject-prohibited', ...(display ? { display } : {}) }] },
];

describe.each(databaseKinds())('a referral whose client must not be contacted (%s)', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  const { loop, post, legOf, read } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub(store);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  });
  afterAll(() => closeHealthy(hub, false));

  const send = async (orderDetail: ServiceRequest['orderDetail']): Promise<string> => {
    const bundle = referralBundle(hospital);
    Object.assign(bundle.entry?.[1]?.resource ?? {}, { orderDetail });
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    return answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
  };
  const contact = (id: string): Promise<void> => hub.deps.db.transaction((tx) => requireContactAllowed(tx, id));
  const SENTENCE =
    'This referral says that its client must not be contacted (orderDetail contacting-subject-prohibited). Speak with who sent it.';

  test.each(DISPLAYS)(
    'says so of its loop and of every part of it, and no channel is let through: %s',
    async (display) => {
      const id = await send(prohibited(display));
      expect(await loop(id)).toMatchObject({ contactProhibited: true });
      await expect(contact(id)).rejects.toMatchObject({
        code: 'client.contact-prohibited',
        outcome: { issue: [{ details: { text: SENTENCE } }] },
      });
      // Who is asked reads it, too, whoever is asked later.
      const second = await addPartner(hub, 'Later');
      await post(id, 'offers', { organizationId: second.id });
      for (const by of [agency, second]) {
        const order = await done<ServiceRequest>(
          call('GET', `${hub.fhir}/${(await legOf(id, by)).focus?.reference}`, { token: by.token }),
        );
        expect(order.orderDetail?.[0]?.coding?.[0]?.code).toBe('contacting-subject-prohibited');
      }
    },
  );

  test('is asked for by its sender at any time, and holds from then on', async () => {
    const id = await sendReferral(hub, hospital);
    expect(await loop(id)).toMatchObject({ contactProhibited: false });
    await expect(contact(id)).resolves.toBeUndefined();
    const reference = (await read(id)).focus?.reference;
    const request = await done<ServiceRequest>(call('GET', `${hub.fhir}/${reference}`, { token: hospital.token }));
    const body = { ...request, orderDetail: prohibited() };
    await done(call('PUT', `${hub.fhir}/${reference}`, { token: hospital.token, body }));
    expect(await loop(id)).toMatchObject({ contactProhibited: true });
    await expect(contact(id)).rejects.toMatchObject({ code: 'client.contact-prohibited' });
    const order = await done<ServiceRequest>(
      call('GET', `${hub.fhir}/${(await legOf(id, agency)).focus?.reference}`, { token: agency.token }),
    );
    expect(order.orderDetail).toEqual(prohibited());
  });

  test('of which nothing is known lets nobody through either', async () => {
    await expect(contact('nothing')).rejects.toMatchObject({ code: 'client.contact-prohibited' });
  });

  test('stays so when it is asked again', async () => {
    const id = await send(prohibited());
    await post(id, 'close', { outcome: 'no-capacity', text: 'Nobody can' });
    const { body } = await post<{ id: string }>(id, 'reopen', { text: 'Again' });
    expect(await loop(body.id)).toMatchObject({ contactProhibited: true });
  });

  test('is in the row as in its records', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
