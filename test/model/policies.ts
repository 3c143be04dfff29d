import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { weekdaysIn } from '../../src/calendars/calendar.ts';
import type { Policies } from '../../src/loops/policy/policy.ts';
import { readQuestionnaires } from '../../src/policies/questionnaires.ts';
import { type PolicyText, readPolicies } from '../../src/policies/read.ts';
import { resolvePolicies } from '../../src/policies/resolve.ts';
import { ASKED_ABOUT } from './referral.ts';

const QUESTIONNAIRES = fileURLToPath(new URL('../../profiles/questionnaires/', import.meta.url));
const SHIPPED = new URL('../../profiles/policy.json', import.meta.url);

/** What another policy says: the hub asks nobody by itself, and does not wait long. */
const OTHER = {
  name: 'Another',
  because: 'Policies change while loops are open.',
  rules: [
    {
      for: {},
      because: 'Here people choose who is asked, and who does not answer is not waited for.',
      spans: { decide: { hours: 12 } },
      ladder: {
        decide: [
          { after: { hours: 0 }, do: 'remind' },
          { after: { hours: 12 }, do: 'offer-next' },
          { after: { hours: 24 }, do: 'close-unresponsive' },
        ],
      },
      offersByItself: false,
    },
  ],
};

/** What has some clients asked whether they received what is reported. */
export const ASKING = {
  name: 'Asking',
  because: 'Who gets something says whether it did.',
  rules: [
    {
      for: { category: ASKED_ABOUT },
      because: 'These clients are asked.',
      confirmation: { questionnaire: 'https://careloop.dev/fhir/Questionnaire/client-confirmation' },
    },
  ],
};

/** What this hub ships, and another policy over it. */
export function policiesOfModel(): readonly [Policies, Policies] {
  const shipped = { file: 'policy.json', programme: undefined, text: readFileSync(SHIPPED, 'utf8') };
  const asking = { file: 'asking.json', programme: undefined, text: JSON.stringify(ASKING) };
  const other = { file: 'other.json', programme: undefined, text: JSON.stringify(OTHER) };
  return [policiesIn([shipped, asking]), policiesIn([shipped, asking, other])];
}

function policiesIn(texts: readonly PolicyText[]): Policies {
  const read = readPolicies(texts);
  if ('mistakes' in read) throw new Error(read.mistakes.join('\n'));
  return resolvePolicies(read, weekdaysIn('UTC'), readQuestionnaires([QUESTIONNAIRES]).byUrl);
}
