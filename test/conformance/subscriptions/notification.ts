import type { Bundle, Parameters, ParametersParameter } from '@medplum/fhirtypes';

/** What a subscription's status says. */
export interface Status {
  readonly subscription: string | undefined;
  readonly topic: string | undefined;
  readonly status: string | undefined;
  readonly type: string | undefined;
  readonly eventsSinceStart: number | undefined;
  readonly events: readonly Event[];
  readonly parameters: Parameters;
}

export interface Event {
  readonly number: number;
  readonly timestamp: string | undefined;
  readonly focus: string | undefined;
}

/**
 * Reads the status a notification begins with. Pure.
 * @returns undefined when it does not begin with one
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription-status-r4.html
 */
export function readStatus(bundle: Bundle | undefined): Status | undefined {
  const first = bundle?.entry?.[0]?.resource;
  return first?.resourceType === 'Parameters' ? statusIn(first) : undefined;
}

/** Reads a status. Pure. */
export function statusIn(parameters: Parameters): Status {
  const all = parameters.parameter ?? [];
  const count = find(all, 'events-since-subscription-start');
  return {
    subscription: find(all, 'subscription')?.valueReference?.reference,
    topic: find(all, 'topic')?.valueCanonical,
    status: find(all, 'status')?.valueCode,
    type: find(all, 'type')?.valueCode,
    eventsSinceStart: numberOf(count),
    events: all.filter(({ name }) => name === 'notification-event').map(({ part }) => readEvent(part ?? [])),
    parameters,
  };
}

function readEvent(parts: readonly ParametersParameter[]): Event {
  return {
    number: numberOf(find(parts, 'event-number')) ?? Number.NaN,
    timestamp: find(parts, 'timestamp')?.valueInstant,
    focus: find(parts, 'focus')?.valueReference?.reference,
  };
}

function find(parameters: readonly ParametersParameter[], named: string): ParametersParameter | undefined {
  return parameters.find(({ name }) => name === named);
}

/** 64 bits do not fit into R4's integers: the number is a text. */
function numberOf(parameter: ParametersParameter | undefined): number | undefined {
  const text = parameter?.valueString ?? parameter?.valueInteger ?? parameter?.valueUnsignedInt;
  return text === undefined ? undefined : Number(text);
}
