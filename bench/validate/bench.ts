import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { loadDataType, validateResource } from '@medplum/core';
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { loadProfiles } from '../../src/fhir/validate/profiles/known-profiles.ts';
import { validate } from '../../src/fhir/validate/validate.ts';
import { loadEngine } from '../../test/partners/fhir/engine.ts';
import type { BenchOptions } from '../options.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'profiles', 'examples', 'valid');
/** Published definitions, where they lie beside this repository. */
const US_CORE = join(ROOT, '..', 'shared', 'ig', 'us-core-7');
const US_CORE_PATIENT = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';

/** One thing to validate, by each of the two. */
interface Race {
  readonly name: string;
  readonly ours: () => void;
  readonly medplum: () => void;
}

interface Row {
  readonly name: string;
  readonly oursPerSecond: number;
  readonly medplumPerSecond: number;
  readonly ratio: number;
}

const MILLISECONDS = 400;

/** Resources validated per second, beside Medplum's validator on the same resources, in turn. */
export async function validateBench({ json, rounds }: BenchOptions): Promise<void> {
  const startMs = timed(loadDefinitions);
  loadEngine();
  const base = baseRaces();
  const firstMs = timed(() => base[0]?.ours());
  const rows = [...base, ...profileRaces()].map((race) => run(race, rounds));
  if (json) console.log(JSON.stringify({ startMs, firstMs, rows }));
  else print(rows, startMs, firstMs);
}

function timed(act: () => void): number {
  const from = performance.now();
  act();
  return Math.round(performance.now() - from);
}

function baseRaces(): Race[] {
  const names = ['Task-food', 'ServiceRequest-food', 'Patient-client', 'Observation-food'];
  const resources = names.map((name) => withoutClaims(example(name)));
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'POST' as const, url: resource.resourceType },
  }));
  const bundle: Bundle = { resourceType: 'Bundle', type: 'transaction', entry };
  return [...resources, bundle].map((resource) => ({
    name: resource.resourceType,
    ours: () => validate(resource),
    medplum: () => void validateResource(resource),
  }));
}

function profileRaces(): Race[] {
  if (!existsSync(US_CORE)) {
    console.error(`${US_CORE} is not here: nothing is measured against a profile.`);
    return [];
  }
  loadProfiles(US_CORE);
  const profile = JSON.parse(
    readFileSync(join(US_CORE, 'StructureDefinition-us-core-patient.json'), 'utf8'),
  ) as StructureDefinition;
  loadDataType(profile);
  const patient: Resource = { ...withoutClaims(example('Patient-client')), meta: { profile: [US_CORE_PATIENT] } };
  return [
    {
      name: 'Patient, us-core-patient',
      ours: () => validate(patient),
      medplum: () => void validateResource(patient, { profile }),
    },
  ];
}

function example(name: string): Resource {
  return JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8')) as Resource;
}

function withoutClaims({ meta: _meta, ...rest }: Resource): Resource {
  return rest as Resource;
}

/** The best round of each counts: others were disturbed. */
function run({ name, ours, medplum }: Race, rounds: number): Row {
  let [best, theirs] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    best = Math.max(best, perSecond(ours));
    theirs = Math.max(theirs, perSecond(medplum));
  }
  return { name, oursPerSecond: best, medplumPerSecond: theirs, ratio: Math.round((best / theirs) * 10) / 10 };
}

function perSecond(act: () => void): number {
  const until = performance.now() + MILLISECONDS;
  let done = 0;
  for (; performance.now() < until; done += 20) for (let times = 0; times < 20; times++) act();
  return Math.round((done / MILLISECONDS) * 1000);
}

function print(rows: readonly Row[], startMs: number, firstMs: number): void {
  console.table(rows);
  console.log(`Loading the definitions: ${startMs} ms. The first resource (value sets, compiling): ${firstMs} ms.`);
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}.`);
}
