/** What a caller would like. @see https://hl7.org/fhir/R4/http.html#ops */
export interface Preference {
  readonly returns: 'minimal' | 'representation' | 'OperationOutcome' | undefined;
  /** Whether what this server does not know is refused rather than left out. */
  readonly strict: boolean;
  readonly respondAsync: boolean;
}

const NOTHING: Preference = { returns: undefined, strict: false, respondAsync: false };

/** Reads a `Prefer` header; what is not known in it is left out, as the header asks for. Pure. @see https://www.rfc-editor.org/rfc/rfc7240 */
export function readPrefer(header: string | undefined): Preference {
  if (header === undefined) return NOTHING;
  const wishes = new Set(header.split(/[,;]/).map((wish) => wish.replaceAll(/[\s"]/g, '').toLowerCase()));
  const returns = (['minimal', 'representation', 'OperationOutcome'] as const).find((each) =>
    wishes.has(`return=${each.toLowerCase()}`),
  );
  return { returns, strict: wishes.has('handling=strict'), respondAsync: wishes.has('respond-async') };
}
