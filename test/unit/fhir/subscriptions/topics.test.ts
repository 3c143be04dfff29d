import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { candidate } from '../../../../src/fhir/subscriptions/filters.ts';
import { loadTopics, subscriptionTopics } from '../../../../src/fhir/subscriptions/topics/load.ts';
import { isTriggered, readTopic, type Topic } from '../../../../src/fhir/subscriptions/topics/topic.ts';

const SDOHCC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic';
const topics = loadTopics();
const topic = (url: string): Topic => topics.get(url) as Topic;

const task = (status: string): Task => ({ resourceType: 'Task', id: 't', status: status as 'draft', intent: 'order' });
const changed = (before?: string, after?: string): Parameters<typeof isTriggered>[1] => ({
  type: 'Task',
  before: before === undefined ? undefined : candidate(task(before)),
  after: after === undefined ? undefined : candidate(task(after)),
});

describe('the topics of this hub', () => {
  test('are those of SDOH Clinical Care, and messages and appointments', () => {
    expect([...subscriptionTopics()].sort()).toEqual([
      `${SDOHCC}/Servicerequest`,
      `${SDOHCC}/Task`,
      'https://careloop.dev/fhir/SubscriptionTopic/appointment',
      'https://careloop.dev/fhir/SubscriptionTopic/communication',
    ]);
  });

  test.each([
    ['a draft is made', undefined, 'draft', false],
    ['a request is made', undefined, 'requested', true],
    ['a draft is changed', 'draft', 'draft', false],
    ['a draft is requested', 'draft', 'requested', true],
    ['a request is accepted', 'requested', 'accepted', true],
    ['a request becomes a draft again', 'requested', 'draft', true],
    ['a draft is deleted', 'draft', undefined, false],
    ['a request is deleted', 'requested', undefined, true],
  ])('%s: an event of Tasks: %#', (_name, before, after, expected) => {
    expect(isTriggered(topic(`${SDOHCC}/Task`), changed(before, after))).toBe(expected);
  });

  test('a new ServiceRequest is no event: nobody can follow it yet', () => {
    const request = candidate({ resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject: {} });
    const type = 'ServiceRequest';
    const told = (change: Parameters<typeof isTriggered>[1]): boolean =>
      isTriggered(topic(`${SDOHCC}/Servicerequest`), change);
    expect(told({ type, before: undefined, after: request })).toBe(false);
    expect(told({ type, before: request, after: request })).toBe(true);
    expect(told({ type, before: request, after: undefined })).toBe(true);
  });
});

describe('a topic that cannot be used says why:', () => {
  const good = {
    resourceType: 'SubscriptionTopic',
    id: 'x',
    url: 'https://x.example/topic',
    version: '1',
    title: 'x',
    status: 'active',
    description: 'x',
    resourceTrigger: [{ description: 'x', resource: 'Task', supportedInteraction: ['create'] }],
    canFilterBy: [{ description: 'x', resource: 'Task', filterParameter: 'owner' }],
    notificationShape: [{ resource: 'Task' }],
  };

  test('a good one is read', () => {
    expect(readTopic(good)).toMatchObject({ url: good.url });
  });

  test.each([
    ['no trigger', { resourceTrigger: [] }, /resourceTrigger/],
    [
      'an unknown type',
      { resourceTrigger: [{ ...good.resourceTrigger[0], resource: 'Errand' }], canFilterBy: [] },
      '"Errand" is no R4 type.',
    ],
    [
      'a filter by what tells nothing apart',
      { canFilterBy: [{ description: 'x', resource: 'Task', filterParameter: 'authored-on' }] },
      'Events of Task cannot be told apart by "authored-on".',
    ],
    [
      'a filter of a type without trigger',
      { canFilterBy: [{ description: 'x', resource: 'Goal', filterParameter: 'patient' }] },
      '"Goal" has no trigger.',
    ],
    [
      'a criterion by an unknown parameter',
      { resourceTrigger: [{ ...good.resourceTrigger[0], queryCriteria: { current: 'mood=good' } }] },
      'Events of Task cannot be told apart by "mood".',
    ],
    ['what R5 does not know', { shape: 'round' }, /shape/],
  ])('%s', (_name, fields, message) => {
    expect(() => readTopic({ ...good, ...fields })).toThrow(message);
  });

  test('previous and current may both be required', () => {
    const [trigger] = good.resourceTrigger;
    const queryCriteria = { previous: 'status:not=completed', current: 'status=completed', requireBoth: true };
    const ends = readTopic({
      ...good,
      resourceTrigger: [{ ...trigger, supportedInteraction: ['create', 'update'], queryCriteria }],
    });
    expect(isTriggered(ends, changed('accepted', 'completed'))).toBe(true);
    expect(isTriggered(ends, changed('completed', 'completed'))).toBe(false);
    expect(isTriggered(ends, changed(undefined, 'completed'))).toBe(false);
  });
});
