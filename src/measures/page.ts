import { MEASURES } from './definitions.ts';
import { FACTS, GROUPINGS, type Measure, MOST_GROUPINGS, PERSONAL } from './measure.ts';

const INTRODUCTION = `# Measures

Made from the definitions by \`node test/support/generate-measures.ts\`. Why they are counted so: [ADR 0050](adr/0050-measures.md).

    GET /api/measures?from=2026-03-01&to=2026-04-01&groupBy=programme,sender&measure=received,silent-rate
    GET /api/measures/silent-rate                       the definition, as a FHIR Measure
    GET /api/measures/silent-rate/loops?from=…&to=…     the loops behind the number

- The referrals of a period are those whose first Task was requested from \`from\` on and before \`to\`. Dates begin at midnight UTC.
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
- Those of discharges too are counted where they are named; they are of Encounters, grouped by the sender (\`serviceProvider\`) only; there are no loops behind them to list.
- An organization is told of the referrals it sent, and of the offers it was made.
`;

/** The page that says what is measured, from the definitions. Pure. */
export function measuresPage(): string {
  const title = {
    loop: 'Of referrals',
    leg: 'Of organizations that were asked',
    client: 'Of clients',
    discharge: 'Of discharges from hospital',
  } as const;
  const chapters = FACTS.map((facts) => {
    const those = MEASURES.filter((each) => each.of === facts);
    return `\n## ${title[facts]}\n${those.map(entry).join('')}`;
  });
  return `${INTRODUCTION}${chapters.join('')}`;
}

const KINDS: Readonly<Record<Measure['kind'], string>> = {
  count: 'a count',
  proportion: 'a share (0 to 1)',
  duration: 'median and 90th percentile',
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
