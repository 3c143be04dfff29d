import type { OperationOutcome } from '@medplum/fhirtypes';

/**
 * An outcome made by the engine, without the values it quotes: what a client searched for or sent may be a person's
 * data, and errors are logged, stored and shown. Pure.
 */
export function withoutQuotedValues(outcome: OperationOutcome): OperationOutcome {
  const issue = outcome.issue.map(({ diagnostics: _diagnostics, ...each }) => ({
    ...each,
    ...(each.details ? { details: { ...each.details, text: withoutQuote(each.details.text ?? '') } } : {}),
  }));
  return { ...outcome, issue };
}

/** Texts in which what stands behind the colon is a type's name, not a value. */
const NAMES_ONLY =
  /^(Incorrect resource type: expected [A-Za-z]+, but found [A-Za-z<>]+|Unrecognized bundle type: [a-z]+)$/;

function withoutQuote(text: string): string {
  return NAMES_ONLY.test(text) ? text : (text.split(/[:'"]/, 1)[0] ?? '').trim();
}
