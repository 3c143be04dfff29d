import { measuresWith } from './definitions.ts';
import { loadWindows } from './discharges/windows.ts';
import { FACTS, GROUPINGS, type Measure, MOST_GROUPINGS, PERSONAL } from './measure.ts';

const INTRODUCTION = `# Measures

Made from the definitions by \`node test/support/generate-measures.ts\`. Why they are counted so: [ADR 0050](adr/0050-measures.md).

    GET /api/measures?from=2026-03-01&to=2026-04-01&groupBy=programme,sender&measure=received,silent-rate
    GET /api/measures/silent-rate                       the definition, as a FHIR Measure
    GET /api/measures/silent-rate/loops?from=…&to=…     the loops behind the number

- The referrals of a period are those whose first Task was requested from \`from\` on and before \`to\`, without those entered in error or marked as a test (\`meta.tag\` or \`meta.security\` HTEST of v3-ActReason). Dates begin at midnight UTC.
- \`groupBy\`: some of ${GROUPINGS.join(', ')}; ${MOST_GROUPINGS} at most. The number of all together comes first
  (\`group\`: null). \`maturity\` tells those apart that were requested at least \`matureDays\` ago (30 without it): the rest may still become what they will be.
- ${PERSONAL.join(', ')} are groups of people: counted for the hub only, never listed, and without those whose active
  Consent denies to be used for the quality of care (purpose HQUALIMP or HOPERAT). A confidential address has no postcode.
- \`format\`: json, csv (or \`Accept: text/csv\`), MeasureReport (several: a Bundle).
- Numbers of 1 to 10 are not told (\`suppressed\`), nor so many others that one of them follows from a sum.
- \`open\`: how many are not in it, or not as what they will be, because they go on. Of 1 to 10 it is not told either.
- Each number has the address of its list (\`loops\`); \`counted\` = denominator, numerator or open; \`sender=\` and so on narrow it, empty
  for those that have none.
- Measures of clients are counted where they are named (\`measure=cms50\`), and where the ValueSets that they are of are stored here with
  their codes; they are licensed and do not come with the hub. They are grouped by sender only.
- Those of discharges too are counted where they are named; they are of Encounters (or Observations), grouped by the sender (\`serviceProvider\`, \`performer\`) only; there are no loops behind them to list.
  They are data: add your own in files of a folder that \`MEASURES_DIR\` names ([below](#windows-of-your-own)).
- An organization is told of the referrals it sent, and of the offers it was made.
`;

const OWN_WINDOWS = `
## Windows of your own

A window says what must follow a discharge, an emergency visit, or what was observed, and within which time. Each \`*.json\` in a folder of \`MEASURES_DIR\` is a list of them; one of the same id stands in the place of a
shipped one (\`profiles/measures/windows.json\`). Measures of one diagnosis, such as those of HEDIS, are of licensed codes: store the ValueSets under your licence
(\`PUT /fhir/R4/ValueSet/…\`, with their codes) and name them by their addresses. Until they are there the measure is refused with their names.

\`\`\`json
[
  {
    "id": "after-emergency-7",
    "title": "Seen within 7 days after an emergency visit for mental illness",
    "source": "Our agreement with the county, 2026",
    "of": {
      "classes": ["EMER"],
      "reasons": "https://hub.example/ValueSet/mental-illness",
      "fromAge": 6,
      "unless": { "classes": ["IMP", "ACUTE"], "withinDays": 30 },
      "onceInDays": 31
    },
    "followedBy": { "classes": ["AMB", "HH", "VR"], "reasons": "https://hub.example/ValueSet/mental-health" },
    "within": { "days": 7 },
    "sameDay": true
  }
]
\`\`\`

| key | |
|---|---|
| \`of.classes\` | which finished encounters, by v3 ActEncounterCode; their end is in the period |
| \`of.reasons\` | those only whose principal diagnosis (\`Encounter.diagnosis\` of rank 1 or without one) or \`reasonCode\` is of this ValueSet |
| \`of.observations\`, \`of.values\` | in the place of encounters: final Observations of the one ValueSet with a coded value of the other, e.g. that somebody was found to be in need |
| \`of.fromAge\` | of clients of so many years or more on that day |
| \`of.unless\` | not those after which an encounter of such a class begins within so many days: who came back is counted from there |
| \`of.onceInDays\` | of each client the first, and then the first that ended so many days after it, or later |
| \`since\` | \`"start"\`: the days are counted from when the encounter began; without it from when it ended |
| \`followedBy\` | what must follow, one of: \`classes\`: a finished encounter, with a type (\`types\`) or a reason (\`reasons\`) of a ValueSet where one is named; \`documents\`: a current DocumentReference of such a type; \`procedures\`: a completed Procedure; \`requests\`: a ServiceRequest |
| \`within\` | \`{ "days": 7 }\`, or \`{ "businessDays": 2 }\`: Monday to Friday without the holidays of the hub's calendar |
| \`sameDay\` | whether what follows on the day it ended counts |

A file that is wrong stops the hub from starting, and every mistake is named with its place.

What of the measures of HEDIS (their rules and codes are NCQA's) is such a window, and what is not:

| | as windows | what they cannot say |
|---|---|---|
| FUH, FUM | discharge or emergency visit, principal diagnosis, age, readmission or admission, once in 31 days, 7 and 30 days, same day or not | enrolment of members: the hub knows no plan |
| FUA | the same from 13 years | medication that was dispensed counts as follow-up: the hub has no claims of pharmacies |
| TRC | \`since: "start"\` and \`documents\` for the notice of admission (2 days), \`documents\` for discharge information (2 days), encounters (30 days, not that day), \`procedures\` for medication reconciliation (30 days, that day too) | that a summary has its six elements: a document counts by its type. That it lies in the outpatient record: what counts is its date here |
| SNS-E | \`observations\` with \`requests\` or \`procedures\`: of who was found to be in need, for whom help was asked within 30 days; one window for food, for housing, for transport | the rate of those screened, whose denominator are enrolled members, by age, without hospice |
| FMC | the emergency visit and what follows | two or more chronic conditions of earlier years, from claims |

CalAIM's return file and HMIS are forms of other systems and no measures: their code lists were not to be had, and they are not made here.
`;

/** The page that says what is measured, from the definitions that are shipped. */
export function measuresPage(): string {
  const title = {
    loop: 'Of referrals',
    leg: 'Of organizations that were asked',
    client: 'Of clients',
    discharge: 'Of discharges from hospital',
  } as const;
  const measures = measuresWith(loadWindows(undefined));
  const chapters = FACTS.map((facts) => {
    const those = measures.filter((each) => each.of === facts);
    return `\n## ${title[facts]}\n${those.map(entry).join('')}`;
  });
  return `${INTRODUCTION}${chapters.join('')}${OWN_WINDOWS}`;
}

const KINDS: Readonly<Record<Measure['kind'], string>> = {
  count: 'a count',
  proportion: 'a share (0 to 1)',
  duration: 'median, 90th and 95th percentile',
  mean: 'an average',
  shares: 'shares (0 to 1)',
};

const BETTER = { increase: 'more is better', decrease: 'less is better' } as const;

function entry({ id, title, definition, kind, unit, direction, source, hubOnly }: Measure): string {
  const facts = [
    KINDS[kind],
    `unit ${unit}`,
    ...(direction ? [BETTER[direction]] : []),
    ...(hubOnly ? ['for the hub only'] : []),
  ];
  return `\n### ${title} (\`${id}\`)\n\n${definition}\n\n${facts.join(' · ')}. ${source}\n`;
}
