import { expect, test } from '@jest/globals';
import { call, done } from '../support/api.ts';
import { label } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub } from '../support/hub.ts';

const ROUNDS = 25;

test.each(databaseKinds())(
  'what is made of something at the moment at which it is labelled has the label too (%s)',
  async (kind) => {
    const hub = await startHub(kind);
    const patient = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    const subject = { reference: `Patient/${patient.id}` };
    const unlabelled: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const request = { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject };
      const { id, ...asked } = await done(call('POST', `${hub.fhir}/ServiceRequest`, { body: request }));
      const basedOn = [{ reference: `ServiceRequest/${id}` }];
      const message = { resourceType: 'Communication', status: 'completed', basedOn };
      const labelled = { ...asked, id, meta: { security: [label('PSY')] } };
      const [, ...made] = await Promise.all([
        done(call('PUT', `${hub.fhir}/ServiceRequest/${id}`, { body: labelled })),
        ...Array.from({ length: 4 }, () => done(call('POST', `${hub.fhir}/Communication`, { body: message }))),
      ]);
      for (const each of made) {
        const { meta } = await done(call('GET', `${hub.fhir}/Communication/${each.id}`));
        if (!meta?.security?.some(({ code }) => code === 'PSY')) unlabelled.push(`round ${round}`);
      }
    }
    expect(unlabelled).toEqual([]);
    await hub.close();
  },
  120_000,
);
