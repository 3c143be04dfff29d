import type { FetchContext } from '../channels/fhir-fetch.ts';
import type { Caller } from '../fhir/caller.ts';

/** A partner's server, while it is asked. */
export interface Source {
  readonly organizationId: string;
  /** The address of its FHIR API. */
  readonly base: string;
  /** The address of this hub's FHIR API. */
  readonly hubBase: string;
  /** Until when what has changed there was heard, by its own clock; null: nothing was. */
  readonly heard: Date | null;
  readonly context: FetchContext;
}

/** A value as a search parameter has it, in an address. @see https://hl7.org/fhir/R4/search.html#escaping */
export function inParameter(value: string): string {
  return encodeURIComponent(value.replace(/[\\,$]/g, (each) => `\\${each}`));
}

/** Another worker has the turn: this one was too slow. */
export class TurnLost extends Error {}

/** What is fetched is written as by its organization itself, and known to be fetched. */
export function asPartner({ organizationId }: Source, requestId: string): Caller {
  return { kind: 'client', organizationId, requestId, door: 'fetched' };
}
