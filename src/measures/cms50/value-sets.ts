import type { Sql } from '../../db/database.ts';
import { codesThere, storedCodes } from '../value-sets.ts';

const VSAC = 'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113883.3.';
const CPT = 'http://www.ama-assn.org/go/cpt';

/** Of what the codes are that the measure asks for; the value sets are licensed, and so they are stored by who runs the hub. */
const VALUE_SETS = {
  // Office Visit · Ophthalmological Services · Preventive Care Services, established and initial, from 18 and to 17 years
  visits: [
    '464.1003.101.12.1001',
    '526.3.1285',
    '464.1003.101.12.1025',
    '464.1003.101.12.1023',
    '464.1003.101.12.1022',
    '464.1003.101.12.1024',
  ],
  // Behavioral/Neuropsych Assessment · Psych Visit Diagnostic Evaluation
  procedures: ['526.3.1023', '526.3.1492'],
  referrals: ['464.1003.101.12.1046'],
  reports: ['464.1003.121.12.1006'],
} as const;

const SINGLE_PROCEDURES = ['96112', '96136', '96138', '96156', '90839'].map((code) => `${CPT}|${code}`);

/** Codes as `system|code`. `behavioral`: the codes of those procedures as types of encounters, which the draft defines and does not use. */
export type Cms50Codes = Readonly<Record<keyof typeof VALUE_SETS | 'behavioral', readonly string[]>>;

/**
 * The codes of the measure, from the ValueSets that are stored here.
 * @throws AppError (422) naming those that are not, or cannot be listed
 * @see https://vsac.nlm.nih.gov
 */
export async function cms50Codes(sql: Sql): Promise<Cms50Codes> {
  const codes = await storedCodes(
    sql,
    Object.values(VALUE_SETS).flatMap((oids) => oids.map((oid) => `${VSAC}${oid}`)),
  );
  const codesOf = (oids: readonly string[]): string[] => oids.flatMap((oid) => codes.get(`${VSAC}${oid}`) ?? []);
  const procedures = [...codesOf(VALUE_SETS.procedures), ...SINGLE_PROCEDURES];
  return {
    visits: codesOf(VALUE_SETS.visits),
    procedures,
    behavioral: procedures,
    referrals: codesOf(VALUE_SETS.referrals),
    reports: codesOf(VALUE_SETS.reports),
  };
}

/** Which referrals the measure is of, and by which codes a consultant report is said to have come. */
export type ReportCodes = Pick<Cms50Codes, 'referrals' | 'reports'>;

/** @returns undefined where the value sets of these are not stored: then nobody measures it here */
export async function reportCodes(sql: Sql): Promise<ReportCodes | undefined> {
  const urlsOf = (oids: readonly string[]): string[] => oids.map((oid) => `${VSAC}${oid}`);
  const [referrals, reports] = [urlsOf(VALUE_SETS.referrals), urlsOf(VALUE_SETS.reports)];
  const { codes, missing } = await codesThere(sql, [...referrals, ...reports]);
  if (missing.length > 0) return undefined;
  const codesOf = (urls: readonly string[]): string[] => urls.flatMap((url) => codes.get(url) ?? []);
  return { referrals: codesOf(referrals), reports: codesOf(reports) };
}
