import type { Coding } from '@medplum/fhirtypes';
import { type Inputs, invalid } from './inputs.ts';

/** The parameters that name a code. */
export const CODING_INPUTS = ['code', 'system', 'display', 'coding', 'codeableConcept'] as const;

/** A code in question: what is asked about it holds if it holds for one of them. */
export type CodingAsked = Coding & { readonly system: string; readonly code: string };

/**
 * The codes a call is about, however they are named.
 * @param system that of a `code` without one
 * @throws AppError (400) when none or more than one way is used
 */
export function codingsAsked(inputs: Inputs, system?: string): CodingAsked[] {
  const [code, coding, concept] = [inputs.text('code'), inputs.coding('coding'), inputs.concept('codeableConcept')];
  if ([code, coding, concept].filter((each) => each !== undefined).length !== 1) {
    throw invalid('code', 'Name one code: by code and system, as coding, or as codeableConcept.');
  }
  if (code === undefined) return (coding ? [coding] : (concept?.coding ?? [])) as CodingAsked[];
  const of = inputs.text('system') ?? system;
  if (of === undefined) throw invalid('system', 'Name the code system of the code by system.');
  const display = inputs.text('display');
  return [{ system: of, code, ...(display === undefined ? {} : { display }) }];
}
