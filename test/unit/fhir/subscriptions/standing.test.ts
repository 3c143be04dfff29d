import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { makeStanding, type Watcher } from '../../../../src/fhir/subscriptions/events/standing.ts';
import { candidate, meets } from '../../../../src/fhir/subscriptions/filters.ts';
import { type Filter, readFilter } from '../../../../src/fhir/subscriptions/terms/read-filter.ts';
import { loadTopics } from '../../../../src/fhir/subscriptions/topics/load.ts';
import type { Topic } from '../../../../src/fhir/subscriptions/topics/topic.ts';

const topic = loadTopics().get('http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task') as Topic;

const ids = fc.constantFrom('a', 'b', 'c');
const condition = fc.oneof(
  ids.map((id) => `owner=Organization/${id}`),
  fc.tuple(ids, ids).map((both) => `requester=${both.join(',')}`),
  ids.map((id) => `patient=Patient/${id}`),
  fc.constantFrom('status=requested', 'status:not=requested', 'owner:missing=true', '_id=a,b', '_id=c'),
);
const filters = fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), { maxLength: 3 });
const task = fc
  .record({
    id: ids,
    owner: fc.option(ids),
    requester: ids,
    patient: ids,
    status: fc.constantFrom('requested', 'accepted'),
  })
  .map(
    ({ id, owner, requester, patient, status }): Task => ({
      resourceType: 'Task',
      id,
      intent: 'order',
      status: status as Task['status'],
      requester: { reference: `Organization/${requester}` },
      for: { reference: `Patient/${patient}` },
      ...(owner ? { owner: { reference: `Organization/${owner}` } } : {}),
    }),
  );

describe('what is subscribed to', () => {
  test('finds by its shelves exactly those that looking at each one would find', () => {
    fc.assert(
      fc.property(fc.array(filters, { maxLength: 12 }), task, (wanted, resource) => {
        const watchers = wanted.map((each, at): Watcher => {
          const read = each.map((conditions) => readFilter(`Task?${conditions.join('&')}`, topic, 'http://hub.test'));
          return { id: String(at), ownerOrg: 'x', topic, filters: read as Filter[] };
        });
        const after = candidate(resource);
        const told = makeStanding('1', watchers).told({ type: 'Task', before: undefined, after });
        const expected = watchers.filter((each) => each.filters.every(({ conditions }) => meets(conditions, after)));
        expect(told.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
      }),
      { numRuns: 500 },
    );
  });
});
