import { isDeepStrictEqual } from 'node:util';
import type { Questionnaire } from '@medplum/fhirtypes';
import { bySettings } from '../fhir/audit/record/door.ts';
import { hubOf, type Store, transact } from '../fhir/store/transact.ts';
import { BY_HUB, type Stored } from '../fhir/store/unit-of-work.ts';
import type { Policies } from '../loops/policy/policy.ts';

/** Makes sure that what clients are asked can be read here, as the files of the policies have it. */
export async function keepQuestionnaires(store: Store, { questionnaires }: Policies): Promise<void> {
  await transact(store, bySettings(hubOf(store)), async (unit) => {
    await unit.tx.query('SELECT pg_advisory_xact_lock(727003)');
    for (const questionnaire of questionnaires.values()) {
      const asked = questionnaire as Stored<Questionnaire>;
      const known = await unit.find<Questionnaire>('Questionnaire', asked.id, BY_HUB);
      if (!known || !isDeepStrictEqual(content(known), content(asked))) await unit.put<Questionnaire>(asked, BY_HUB);
    }
  });
}

function content({ meta: _meta, ...said }: Questionnaire): unknown {
  return said;
}
