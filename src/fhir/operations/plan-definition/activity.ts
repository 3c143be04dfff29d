import type { Annotation, CodeableConcept, Dosage, Quantity, Reference } from '@medplum/fhirtypes';
import { copied } from '../../rest/patch/copied.ts';
import type { When } from './when.ts';

/** Something to be done, before it is known as which resource. */
export interface Activity {
  /** The definition it comes from. */
  readonly instantiates?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly code?: CodeableConcept | undefined;
  readonly priority?: 'routine' | 'urgent' | 'asap' | 'stat' | undefined;
  readonly intent: string;
  readonly doNotPerform?: boolean | undefined;
  readonly when?: When | undefined;
  readonly performers: readonly Reference[];
  readonly location?: Reference | undefined;
  readonly quantity?: Quantity | undefined;
  readonly productReference?: Reference | undefined;
  readonly productCode?: CodeableConcept | undefined;
  readonly dosage?: readonly Dosage[] | undefined;
  readonly bodySite?: readonly CodeableConcept[] | undefined;
  readonly reasons: readonly CodeableConcept[];
  readonly note?: readonly Annotation[] | undefined;
}

/** For whom, by whom, and when it is asked for. */
export interface Asked {
  readonly subject: Reference;
  readonly encounter: Reference | undefined;
  readonly requester: Reference | undefined;
  readonly now: string;
}

type Json = Readonly<Record<string, unknown>>;

/** How an activity is written as one type of resource. */
type Writer = (activity: Activity, asked: Asked) => Json;

const task: Writer = (activity, asked) => ({
  status: 'draft',
  instantiatesCanonical: activity.instantiates,
  intent: activity.intent,
  priority: activity.priority,
  code: activity.code,
  description: activity.description ?? activity.title,
  for: asked.subject,
  encounter: asked.encounter,
  authoredOn: asked.now,
  requester: asked.requester,
  owner: activity.performers[0],
  location: activity.location,
  reasonCode: activity.reasons[0],
  // When it must be done, which is not when it was.
  restriction: restriction(activity.when),
});

function restriction(when: When | undefined): Json | undefined {
  const period = when?.period ?? (when?.dateTime ? { end: when.dateTime } : undefined);
  return period && { period };
}

function occurrence(when: When | undefined, allowsTiming: boolean): Json {
  return {
    occurrenceDateTime: when?.dateTime,
    occurrencePeriod: when?.period,
    ...(allowsTiming ? { occurrenceTiming: when?.timing } : {}),
  };
}

/** What most requests have in common. */
function request(
  { instantiates, intent, priority, reasons }: Activity,
  { subject, encounter, now, requester }: Asked,
): Json {
  return {
    instantiatesCanonical: instantiates ? [instantiates] : undefined,
    status: 'draft',
    intent,
    priority,
    subject,
    encounter,
    authoredOn: now,
    requester,
    reasonCode: reasons,
  };
}

const serviceRequest: Writer = (activity, asked) => ({
  ...request(activity, asked),
  doNotPerform: activity.doNotPerform,
  code: activity.code ?? textOf(activity),
  quantityQuantity: activity.quantity,
  ...occurrence(activity.when, true),
  performer: activity.performers,
  locationReference: activity.location ? [activity.location] : undefined,
  bodySite: activity.bodySite,
});

const communicationRequest: Writer = (activity, asked) => {
  const { instantiatesCanonical: _, intent: __, ...common } = request(activity, asked);
  const said = activity.description ?? activity.title;
  return {
    ...common,
    doNotPerform: activity.doNotPerform,
    category: activity.code ? [activity.code] : undefined,
    payload: said ? [{ contentString: said }] : undefined,
    ...occurrence(activity.when, false),
    recipient: activity.performers,
  };
};

const appointment: Writer = (activity, { subject, now }) => {
  const { when } = activity;
  const period = when?.period ?? (when?.dateTime ? { start: when.dateTime } : undefined);
  const actors = [subject, ...activity.performers.filter(({ reference }) => reference !== subject.reference)];
  return {
    status: 'proposed',
    serviceType: activity.code ? [activity.code] : undefined,
    reasonCode: activity.reasons,
    description: activity.description ?? activity.title,
    created: now,
    requestedPeriod: period ? [period] : undefined,
    participant: [...actors, ...(activity.location ? [activity.location] : [])].map((actor) => ({
      actor,
      status: 'needs-action',
    })),
  };
};

const medicationRequest: Writer = (activity, asked) => ({
  ...request(activity, asked),
  doNotPerform: activity.doNotPerform,
  medicationReference: activity.productReference,
  medicationCodeableConcept: activity.productReference ? undefined : (activity.productCode ?? activity.code),
  performer: activity.performers[0],
  dosageInstruction: activity.dosage,
});

const deviceRequest: Writer = (activity, asked) => ({
  ...request(activity, asked),
  codeReference: activity.productReference,
  codeCodeableConcept: activity.productReference
    ? undefined
    : (activity.productCode ?? activity.code ?? textOf(activity)),
  ...occurrence(activity.when, true),
  performer: activity.performers[0],
});

const supplyRequest: Writer = (activity, { now, requester, subject }) => ({
  status: 'draft',
  priority: activity.priority,
  itemReference: activity.productReference,
  itemCodeableConcept: activity.productReference
    ? undefined
    : (activity.productCode ?? activity.code ?? textOf(activity)),
  quantity: activity.quantity ?? { value: 1 },
  ...occurrence(activity.when, true),
  authoredOn: now,
  requester,
  reasonCode: activity.reasons,
  deliverTo: subject,
});

function textOf({ title, description }: Activity): CodeableConcept | undefined {
  const text = title ?? description;
  return text ? { text } : undefined;
}

const WRITERS: ReadonlyMap<string, Writer> = new Map([
  ['Appointment', appointment],
  ['CommunicationRequest', communicationRequest],
  ['DeviceRequest', deviceRequest],
  ['MedicationRequest', medicationRequest],
  ['ServiceRequest', serviceRequest],
  ['SupplyRequest', supplyRequest],
  ['Task', task],
]);

/** The kinds of resources that activities can become here. */
export const KINDS: readonly string[] = [...WRITERS.keys()];

/**
 * An activity as a resource of a kind, without what is not known; undefined when there is no such kind here. Pure.
 * @see https://hl7.org/fhir/R4/activitydefinition.html#apply
 */
export function writeActivity(kind: string, activity: Activity, asked: Asked): Record<string, unknown> | undefined {
  const written = WRITERS.get(kind)?.(activity, asked);
  if (!written) return undefined;
  const known = Object.entries(written).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return { resourceType: kind, ...Object.fromEntries(known.map(([name, value]) => [name, copied(value)])) };
}
