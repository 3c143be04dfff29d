import type { CodeableConcept, Measure as FhirMeasure, MeasureGroup, MeasureGroupPopulation } from '@medplum/fhirtypes';
import { type Measure, STATISTICS } from './measure.ts';

const SCORING = 'http://terminology.hl7.org/CodeSystem/measure-scoring';
const POPULATION = 'http://terminology.hl7.org/CodeSystem/measure-population';
const IMPROVEMENT = 'http://terminology.hl7.org/CodeSystem/measure-improvement-notation';

/** What a number of a measure is, in words of FHIR. */
export const SCORING_OF = {
  count: 'cohort',
  proportion: 'proportion',
  duration: 'continuous-variable',
  mean: 'continuous-variable',
  shares: 'proportion',
} as const satisfies Record<Measure['kind'], string>;

export function canonicalOf({ id }: Pick<Measure, 'id'>): string {
  return `https://careloop.dev/fhir/Measure/${id}`;
}

export type PopulationCode = 'initial-population' | 'denominator' | 'numerator' | 'measure-population';

export function population(code: PopulationCode): CodeableConcept {
  return { coding: [{ system: POPULATION, code }] };
}

/** The populations that are counted, by the kind of the measure. */
export function populationsOf({ kind }: Pick<Measure, 'kind'>): PopulationCode[] {
  if (kind === 'count') return ['initial-population'];
  return kind === 'proportion' || kind === 'shares' ? ['denominator', 'numerator'] : ['measure-population'];
}

/** The definition of a measure as FHIR says it; the expressions are SQL over rows of facts. Pure. @see https://hl7.org/fhir/R4/measure.html */
export function toMeasure(measure: Measure): FhirMeasure {
  const { id, title, definition, direction, source } = measure;
  return {
    resourceType: 'Measure',
    url: canonicalOf(measure),
    name: id
      .split('-')
      .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
      .join(''),
    title,
    status: 'active',
    description: definition,
    purpose: source,
    scoring: { coding: [{ system: SCORING, code: SCORING_OF[measure.kind] }] },
    ...(direction ? { improvementNotation: { coding: [{ system: IMPROVEMENT, code: direction }] } } : {}),
    group: STATISTICS[measure.kind].map((statistic) => groupOf(measure, statistic)),
  };
}

function groupOf(measure: Measure, statistic: string): MeasureGroup {
  return {
    code: { text: statistic },
    population: populationsOf(measure).map((code) => populationOf(measure, code)),
  };
}

/** SQL is not among the languages FHIR names; others may be given. @see https://hl7.org/fhir/R4/valueset-expression-language.html */
function populationOf(
  { denominator = 'true', numerator, value }: Measure,
  code: PopulationCode,
): MeasureGroupPopulation {
  const expression = (code === 'numerator' ? (numerator ?? value) : undefined) ?? denominator;
  const criteria = { language: 'application/sql', expression };
  return { code: population(code), criteria } as unknown as MeasureGroupPopulation;
}
