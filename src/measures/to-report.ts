import type {
  Extension,
  MeasureReport,
  MeasureReportGroup,
  MeasureReportGroupPopulation,
  MeasureReportGroupStratifierStratum,
  Quantity,
} from '@medplum/fhirtypes';
import type { Measured, MeasuredNumber, Measures } from './api.ts';
import { type Dimension, type Measure, STATISTICS } from './measure.ts';
import { canonicalOf, type PopulationCode, population, populationsOf } from './to-measure.ts';

export interface Reporting {
  readonly hubOrg: string;
  readonly groupBy: readonly Dimension[];
  /** Everything that this hub measures. */
  readonly known: readonly Measure[];
}

/**
 * A measure as a summary report: a group for each statistic (of shares: for each part), a stratum for each group of
 * referrals. What is not told says that it is masked. Pure. @see https://hl7.org/fhir/R4/measurereport.html
 */
export function toReport(measured: Measured, { from, to, at }: Measures, reporting: Reporting): MeasureReport {
  const measure = reporting.known.find(({ id }) => id === measured.id) as Measure;
  const { direction } = measured;
  return {
    resourceType: 'MeasureReport',
    status: 'complete',
    type: 'summary',
    measure: canonicalOf(measure),
    date: at,
    reporter: { reference: `Organization/${reporting.hubOrg}` },
    // Its end is counted in; ours is not.
    period: { start: from, end: new Date(new Date(to).getTime() - 1).toISOString() },
    ...(direction ? { improvementNotation: { coding: [{ system: IMPROVEMENT, code: direction }] } } : {}),
    group: groupsOf(measure, measured.numbers, reporting.groupBy),
  };
}

const IMPROVEMENT = 'http://terminology.hl7.org/CodeSystem/measure-improvement-notation';
const MASKED: Extension[] = [
  { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' },
];

type Scored = Pick<MeasureReportGroup, 'population' | 'measureScore'>;

function groupsOf(
  measure: Measure,
  numbers: readonly MeasuredNumber[],
  groupBy: readonly Dimension[],
): MeasureReportGroup[] {
  const wholes = numbers.filter(({ group }) => group === null);
  return wholes.flatMap((whole) =>
    STATISTICS[measure.kind].map((statistic) => {
      const strata = numbers.filter(({ group, part }) => group !== null && part === whole.part);
      const stratum = strata.map((each) => ({ ...placeOf(each, groupBy), ...scored(measure, each, statistic) }));
      const code = groupBy.map((dimension) => ({ text: dimension }));
      return {
        code: { text: whole.part ?? statistic },
        ...scored(measure, whole, statistic),
        ...(stratum.length > 0 ? { stratifier: [{ code, stratum }] } : {}),
      };
    }),
  );
}

function placeOf({ group }: MeasuredNumber, groupBy: readonly Dimension[]): MeasureReportGroupStratifierStratum {
  const [first = { text: '' }, ...others] = groupBy.map((dimension) => {
    const at = group?.[dimension] ?? null;
    return { text: typeof at === 'string' ? at : (at?.name ?? 'none') };
  });
  if (others.length === 0) return { value: first };
  return {
    component: [first, ...others].map((value, place) => ({ code: { text: groupBy[place] ?? '' }, value })),
  };
}

function scored(measure: Measure, number: MeasuredNumber, statistic: string): Scored {
  return {
    population: populationsOf(measure).map((code) => countOf(code, number)),
    ...(measure.kind === 'count' ? {} : scoreOf(measure, number, statistic)),
  };
}

function countOf(code: PopulationCode, number: MeasuredNumber): MeasureReportGroupPopulation {
  const count = code === 'numerator' ? number.numerator : number.n;
  if (count === null) return { code: population(code), _count: { extension: MASKED } } as MeasureReportGroupPopulation;
  return { code: population(code), count };
}

function scoreOf({ unit }: Measure, number: MeasuredNumber, statistic: string): { measureScore?: Quantity } {
  const value = number.values[statistic] ?? null;
  if (number.suppressed) return { measureScore: { _value: { extension: MASKED } } as Quantity };
  if (value === null) return {};
  return { measureScore: { value, unit, system: 'http://unitsofmeasure.org', code: unit } };
}
