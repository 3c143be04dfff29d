import { z } from 'zod';
import { isKnownType } from '../../definitions.ts';
import { type Candidate, type Conditions, meets, parseConditions } from '../filters.ts';
import { filterable } from '../value-forms.ts';

export type InteractionKind = 'create' | 'update' | 'delete';

const interaction = z.enum(['create', 'update', 'delete']);
const verdict = z.enum(['test-passes', 'test-fails']);

/** What may stand in `profiles/SubscriptionTopic`: the content of R5's SubscriptionTopic that this hub acts on. */
const topicSchema = z.strictObject({
  resourceType: z.literal('SubscriptionTopic'),
  id: z.string(),
  url: z.url(),
  version: z.string(),
  title: z.string(),
  status: z.literal('active'),
  description: z.string(),
  resourceTrigger: z
    .array(
      z.strictObject({
        description: z.string(),
        resource: z.string(),
        supportedInteraction: z.array(interaction).min(1),
        queryCriteria: z
          .strictObject({
            previous: z.string().optional(),
            resultForCreate: verdict.optional(),
            current: z.string().optional(),
            resultForDelete: verdict.optional(),
            requireBoth: z.boolean().optional(),
          })
          .optional(),
      }),
    )
    .min(1),
  canFilterBy: z.array(
    z.strictObject({
      description: z.string(),
      resource: z.string(),
      filterParameter: z.string(),
      comparator: z.array(z.enum(['eq', 'gt', 'ge', 'lt', 'le'])).optional(),
      modifier: z.array(z.enum(['not', 'missing'])).optional(),
    }),
  ),
  notificationShape: z.array(z.strictObject({ resource: z.string() })),
});

type TopicJson = z.infer<typeof topicSchema>;

interface Trigger {
  readonly type: string;
  readonly interactions: ReadonlySet<InteractionKind>;
  readonly previous: Conditions | undefined;
  readonly current: Conditions | undefined;
  readonly onCreate: boolean;
  readonly onDelete: boolean;
  readonly both: boolean;
}

/** A parameter that events of a type may be filtered by. */
export interface FilterBy {
  readonly type: string;
  readonly param: string;
  readonly modifiers: readonly string[];
}

/** What can be subscribed to. @see https://hl7.org/fhir/R5/subscriptiontopic.html */
export interface Topic {
  /** Its canonical address. */
  readonly url: string;
  readonly triggers: readonly Trigger[];
  readonly filters: readonly FilterBy[];
}

/**
 * Reads a topic. Pure.
 * @throws Error that says what is wrong with it
 */
export function readTopic(content: unknown): Topic {
  const json = topicSchema.parse(content);
  const problems = problemsOf(json);
  if (problems.length > 0) throw new Error(problems.join(' '));
  return {
    url: json.url,
    triggers: json.resourceTrigger.map(toTrigger),
    filters: json.canFilterBy.map(({ resource, filterParameter, modifier }) => ({
      type: resource,
      param: filterParameter,
      modifiers: modifier ?? [],
    })),
  };
}

function toTrigger({ resource, supportedInteraction, queryCriteria }: TopicJson['resourceTrigger'][number]): Trigger {
  const { previous, current, resultForCreate, resultForDelete, requireBoth } = queryCriteria ?? {};
  return {
    type: resource,
    interactions: new Set(supportedInteraction),
    previous: previous === undefined ? undefined : parseConditions(previous),
    current: current === undefined ? undefined : parseConditions(current),
    onCreate: resultForCreate === 'test-passes',
    onDelete: resultForDelete === 'test-passes',
    both: requireBoth ?? false,
  };
}

function problemsOf({ resourceTrigger, canFilterBy }: TopicJson): string[] {
  const types = new Set(resourceTrigger.map(({ resource }) => resource));
  const asked = resourceTrigger.flatMap(({ resource, queryCriteria }) =>
    [queryCriteria?.previous, queryCriteria?.current]
      .flatMap((query) => parseConditions(query ?? ''))
      .map(({ param }) => [resource, param] as const),
  );
  const filtered = canFilterBy.map(({ resource, filterParameter }) => [resource, filterParameter] as const);
  return [
    ...[...types].filter((type) => !isKnownType(type)).map((type) => `"${type}" is no R4 type.`),
    ...canFilterBy
      .filter(({ resource }) => !types.has(resource))
      .map(({ resource }) => `"${resource}" has no trigger.`),
    ...[...asked, ...filtered]
      .filter(([type, param]) => !OF_EVERY_TYPE.has(param) && !filterable(type, param))
      .map(([type, param]) => `Events of ${type} cannot be told apart by "${param}".`),
  ];
}

const OF_EVERY_TYPE: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** A change of one resource, as topics look at it. */
export interface Changed {
  readonly type: string;
  readonly before: Candidate | undefined;
  readonly after: Candidate | undefined;
}

/** What kind of interaction a change is. */
export function interactionOf({ before, after }: Pick<Changed, 'before' | 'after'>): InteractionKind {
  if (!before) return 'create';
  return after ? 'update' : 'delete';
}

/**
 * Whether a change is an event of a topic. Pure.
 * @see https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.resourceTrigger.queryCriteria
 */
export function isTriggered(topic: Topic, changed: Changed): boolean {
  const kind = interactionOf(changed);
  return topic.triggers.some(
    (trigger) => trigger.type === changed.type && trigger.interactions.has(kind) && isMet(trigger, changed),
  );
}

function isMet({ previous, current, onCreate, onDelete, both }: Trigger, { before, after }: Changed): boolean {
  const verdicts = [
    previous && (before ? meets(previous, before) : onCreate),
    current && (after ? meets(current, after) : onDelete),
  ].filter((each) => each !== undefined);
  if (verdicts.length === 0) return true;
  return both ? verdicts.every(Boolean) : verdicts.some(Boolean);
}
