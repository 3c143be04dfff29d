import type { Resource, Subscription } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import { filtersIn } from '../subscriptions/terms/extensions.ts';
import { loadTopics } from '../subscriptions/topics/load.ts';
import { allowed, requireScope } from './allowed.ts';
import { formatScope } from './scope.ts';

/**
 * Who subscribes is told of resources: it must be allowed to read them. Where its scope has a condition, the filters of
 * the Subscription say the same.
 * @throws AppError (403) that names the scope which is missing
 */
export function requireSubscribable(caller: Caller, resource: Resource): void {
  if (!caller.scopes || resource.resourceType !== 'Subscription' || resource.status === 'off') return;
  for (const type of typesToldOf(resource)) {
    requireScope(caller, 'r', type);
    requireFilters(caller, type, resource);
  }
}

/** Those of its topic; of a topic that is not known, nothing is told. */
export function typesToldOf({ criteria }: Subscription): readonly string[] {
  const topic = loadTopics().get(criteria);
  return [...new Set(topic?.triggers.map(({ type }) => type) ?? [])];
}

function requireFilters(caller: Caller, type: string, subscription: Subscription): void {
  const may = allowed(caller, 'r', type);
  if (typeof may === 'string') return;
  const said = new Set(filtersIn(subscription).flatMap((filter) => conditionsOf(type, filter)));
  if (may.some((where) => where.every(([name, value]) => said.has(`${name}=${value}`)))) return;
  const scopes = may.map((where) =>
    formatScope({ type, actions: ['r'], where })
      .replace('system/', '')
      .replace('.r?', '?'),
  );
  const text = `Your token lets you read some resources of this type. Add the same condition as a filter: ${scopes.join(' or ')}.`;
  throw new AppError('forbidden', 'access.scope', text, {
    issues: [{ text, expression: 'Subscription.criteria.extension' }],
  });
}

function conditionsOf(type: string, filter: string): string[] {
  const [of, query = ''] = filter.split(/\?(.*)/s);
  return of === type ? [...new URLSearchParams(query)].map(([name, value]) => `${name}=${value}`) : [];
}
