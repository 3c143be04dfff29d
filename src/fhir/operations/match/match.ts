import { setImmediate } from 'node:timers/promises';
import type { Bundle, BundleEntry, Patient } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { AppError } from '../../../errors.ts';
import { inTime } from '../../search/in-time.ts';
import { someEntries } from '../../some-entries.ts';
import type { Stored } from '../../store/unit-of-work.ts';
import { validate } from '../../validate/validate.ts';
import { inputsNamed, requireServed, simpleTexts } from '../inputs.ts';
import { inputsOf, type Operation, type OperationCall } from '../operation.ts';
import { candidatesFor } from './candidates.ts';
import { personOf } from './person.ts';
import { type MatchScore, scorePeople } from './score.ts';

const MATCH_GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';
const USUAL_COUNT = 20;
const LARGEST_COUNT = 100;

/**
 * `Patient/$match`: who of the patients here may be the one that is described, best first, each with how sure that is.
 * @see https://hl7.org/fhir/R4/patient-operation-match.html
 */
export function matchOperation(sql: Sql): Operation {
  return {
    name: 'match',
    definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
    levels: ['type'],
    types: ['Patient'],
    affectsState: false,
    run: async (call) => {
      const asked = askedOf(call);
      const candidates = await inTime(() => candidatesFor(sql, call.caller, asked.patient), tooCostly);
      const found = await rank(asked.patient, candidates);
      return { status: 200, resource: bundleOf(chosen(found, asked), call.base) };
    },
  };
}

const TOO_COSTLY =
  'This $match takes longer than this server allows, and was ended: many patients here are like the one described. Send what tells most by itself (an identifier with its system, a phone number, an e-mail address or the day of birth), and leave the name out.';

function tooCostly(cause: unknown): AppError {
  return new AppError('tooCostly', 'match.too-costly', TOO_COSTLY, { cause });
}

interface Asked {
  readonly patient: Patient;
  readonly onlyCertain: boolean;
  readonly count: number;
}

function askedOf(call: OperationCall): Asked {
  const inputs = inputsOf(call);
  requireServed(inputs, ['resource', 'onlyCertainMatches', 'count']);
  const patient = inputsNamed(inputs, 'resource')[0]?.resource;
  if (patient?.resourceType !== 'Patient') {
    throw refused('match.patient', 'Send the Patient to look for in the parameter "resource", by POST.', 'resource');
  }
  validate(patient);
  requireSomething(patient);
  const [only] = simpleTexts(inputs, 'onlyCertainMatches');
  const [count] = simpleTexts(inputs, 'count');
  return { patient, onlyCertain: flag(only), count: countOf(count) };
}

/** Somebody of whom nothing that is compared is said could be anybody: that is no answer. */
function requireSomething(patient: Patient): void {
  const { identifiers, names, birthDate, phones, emails } = personOf(patient);
  if (birthDate || names.length > 0 || [identifiers, phones, emails].some(({ size }) => size > 0)) return;
  const text =
    'Nothing of this Patient tells one person from another. Say at least a name, a birthDate, an identifier with its system, a phone or an e-mail address.';
  throw new AppError('unprocessable', 'match.nothing-to-compare', text, {
    issues: [{ text, expression: "Parameters.parameter.where(name='resource').resource" }],
  });
}

function flag(value: string | undefined): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw refused('match.only-certain', 'onlyCertainMatches must be true or false.', 'onlyCertainMatches');
}

function countOf(value: string | undefined): number {
  if (value === undefined) return USUAL_COUNT;
  const count = Number(value);
  if (/^\d+$/.test(value) && count > 0) return Math.min(count, LARGEST_COUNT);
  throw refused('match.count', 'count must be a whole number, 1 or more.', 'count');
}

function refused(code: string, text: string, name: string): AppError {
  const expression = `Parameters.parameter.where(name='${name}')`;
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}

interface Match extends MatchScore {
  readonly patient: Stored<Patient>;
}

/** Who may be the one, best first. Others are answered between one comparison and the next. */
async function rank(patient: Patient, candidates: readonly Stored<Patient>[]): Promise<Match[]> {
  const looked = personOf(patient);
  const scored: Match[] = [];
  for (const candidate of candidates) {
    scored.push({ patient: candidate, ...scorePeople(looked, personOf(candidate)) });
    await setImmediate();
  }
  return scored
    .filter(({ grade }) => grade !== 'certainly-not')
    .sort((a, b) => b.score - a.score || (a.patient.id < b.patient.id ? -1 : 1));
}

/** Two that are both certain leave open which one is meant: then none is the only certain match. */
function chosen(found: readonly Match[], { onlyCertain, count }: Asked): readonly Match[] {
  if (!onlyCertain) return found.slice(0, count);
  const certain = found.filter(({ grade }) => grade === 'certain');
  return certain.length === 1 ? certain : [];
}

function bundleOf(found: readonly Match[], base: string): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [{ relation: 'self', url: `${base}/Patient/$match` }],
    ...someEntries(found.map((match) => entryOf(match, base))),
  };
}

function entryOf({ patient, score, grade }: Match, base: string): BundleEntry {
  return {
    fullUrl: `${base}/Patient/${patient.id}`,
    resource: patient,
    search: { extension: [{ url: MATCH_GRADE, valueCode: grade }], mode: 'match', score },
  };
}
