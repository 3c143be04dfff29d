import { forEachAtOnce } from '../matrix/at-once.ts';
import type { Walk } from '../matrix/walk.ts';
import type { GuardedPersona } from './personas.ts';

const FORMATS = ['json', 'csv'] as const;

/** The accounting of disclosures of each client, in the forms that can be read here: what it names of what is restricted. */
export async function accountingRoutes(
  { network, tally, hub }: Walk,
  { name, browser, accounting }: GuardedPersona,
): Promise<void> {
  const patients = network.resources.filter(({ as }) => as === 'patient');
  await forEachAtOnce(patients, async (patient) => {
    const restricted = network.resources.filter((each) => each.story === patient.story && each.restricted);
    for (const format of FORMATS) {
      const url = `${hub.url}/api/patients/${patient.id}/disclosures?format=${format}`;
      const response = await fetch(url, { headers: { cookie: `careloop=${browser.cookie()}` } });
      const text = await response.text();
      const what = `accounting (${format}) of "${patient.story}" as ${name}`;
      tally.refusal(what, accounting === 'refused' ? 403 : 200, response.status);
      if (accounting === 'all') continue;
      for (const { type, id } of restricted) tally.cell(`${what}: ${type}/${id}`, false, text.includes(id));
    }
  });
}
