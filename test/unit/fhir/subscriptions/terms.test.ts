import { describe, expect, test } from '@jest/globals';
import type { Subscription } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { whyNotReached } from '../../../../src/fhir/subscriptions/terms/endpoint.ts';
import { readHeader } from '../../../../src/fhir/subscriptions/terms/header.ts';
import { heartbeatDue, nextState, nextWake } from '../../../../src/fhir/subscriptions/terms/life-cycle.ts';
import { readPayload } from '../../../../src/fhir/subscriptions/terms/payload.ts';
import { mailboxIn } from '../../../../src/outbound/mailto.ts';
import { readNetworks } from '../../../../src/outbound/policy.ts';

describe('an endpoint', () => {
  test.each([
    ['https://a.example/hook', 'never', true],
    ['http://a.example/hook', 'loopback', false],
    ['http://a.example/hook', 'always', true],
    ['http://127.0.0.1:8080/hook', 'loopback', true],
    ['http://[::1]/hook', 'loopback', true],
    ['http://localhost/hook', 'loopback', true],
    ['http://127.0.0.1/hook', 'never', false],
    ['http://127.0.0.1.evil.example/hook', 'loopback', false],
    ['http://localhost.evil.example/hook', 'loopback', false],
    ['https://a.example/hook#there', 'always', false],
    ['https://me@a.example/hook', 'always', false],
    ['file:///etc/passwd', 'always', false],
    ['javascript:alert(1)', 'always', false],
    ['/hook', 'always', false],
  ] as const)('%s with http %s: %p', (address, http, reached) => {
    expect(whyNotReached(address, { http, networks: readNetworks('127.0.0.0/8,::1/128') }) === undefined).toBe(reached);
  });

  test.each([
    ['mailto:desk@food-bank.example', 'desk@food-bank.example'],
    ['mailto:first.last+tag@x.example', 'first.last+tag@x.example'],
    ['mailto:a@x.example,b@x.example', undefined],
    ['mailto:a@x.example?cc=b@x.example', undefined],
    ['mailto:a@x.example\r\nBcc: b@x.example', undefined],
    ['mailto:"a b"@x.example', undefined],
    ['mailto:nobody', undefined],
    ['desk@x.example', undefined],
  ])('%j is the mailbox %s', (endpoint, mailbox) => {
    expect(mailboxIn(endpoint)).toBe(mailbox);
  });
});

describe('a header', () => {
  test.each([
    ['Authorization: Bearer a.b-c', ['Authorization', 'Bearer a.b-c']],
    ['X-Empty:', ['X-Empty', '']],
    ['X-Url: https://a.example:1', ['X-Url', 'https://a.example:1']],
    ['no colon', undefined],
    [': no name', undefined],
    ['With Space: x', undefined],
    ['X-A: b\r\nX-C: d', undefined],
    ['X-A: b\nX-C: d', undefined],
    ['X-A\r\n: b', undefined],
    ['X-A: ä', undefined],
    ['Host: other.example', undefined],
    ['content-length: 0', undefined],
  ])('%j', (text, header) => {
    expect(readHeader(text)).toEqual(header);
  });

  test('whatever is read can be sent, and adds no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
        const header = readHeader(`${name}:${value}`);
        if (header) expect([...new Headers([[header[0], header[1]]])]).toEqual([[header[0].toLowerCase(), header[1]]]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a payload', () => {
  test.each([
    ['application/fhir+json', 'json'],
    ['application/fhir+xml', 'xml'],
    ['application/fhir+json; fhirVersion=4.0', 'json'],
    ['application/fhir+json;fhirVersion="4.0.1"', 'json'],
    ['Application/FHIR+JSON; charset=utf-8', 'json'],
    ['text/plain', 'text'],
  ])('%s is %s', (payload, format) => {
    expect(readPayload(payload)).toEqual({ format });
  });

  test.each([
    'application/fhir+json; fhirVersion=4.3',
    'application/fhir+json; charset=latin1',
    'application/fhir+json; q=1',
    'application/fhir+json\r\nX: y',
    'application/json',
    '',
  ])('%j is not supported', (payload) => {
    expect(readPayload(payload)).toHaveProperty('problem');
  });
});

describe('the life of a Subscription', () => {
  const channel: Subscription['channel'] = { type: 'rest-hook', endpoint: 'https://a.example' };
  const at = (status: string, endpoint = channel.endpoint): Subscription =>
    ({
      resourceType: 'Subscription',
      status,
      reason: '',
      criteria: '',
      channel: { ...channel, endpoint },
    }) as Subscription;

  test.each([
    [undefined, 'requested', 'requested'],
    [undefined, 'active', 'requested'],
    [undefined, 'error', undefined],
    ['active', 'active', 'active'],
    ['active', 'requested', 'requested'],
    ['requested', 'active', 'requested'],
    ['error', 'active', 'requested'],
    ['error', 'error', 'error'],
    ['active', 'error', undefined],
    ['active', 'off', 'off'],
    ['off', 'requested', 'requested'],
    ['off', 'active', 'requested'],
  ])('from %s, asked to be %s: %s', (before, asked, expected) => {
    expect(nextState(before === undefined ? undefined : at(before), at(asked))).toBe(expected);
  });

  test('another endpoint is asked first', () => {
    expect(nextState(at('active'), at('active', 'https://b.example'))).toBe('requested');
  });

  test('it is woken for its next heartbeat or its end, whichever comes first; never when it is off', () => {
    const lastSentAt = new Date('2026-03-02T09:00:00Z');
    const endsAt = new Date('2026-03-02T09:01:30Z');
    const pulse = { status: 'active', heartbeatSeconds: 60, lastSentAt, endsAt } as const;
    expect(nextWake(pulse)).toEqual(new Date('2026-03-02T09:01:00Z'));
    expect(nextWake({ ...pulse, heartbeatSeconds: 120 })).toEqual(endsAt);
    expect(nextWake({ ...pulse, status: 'error' })).toEqual(endsAt);
    expect(nextWake({ ...pulse, status: 'off' })).toBeUndefined();
    expect(heartbeatDue({ ...pulse, heartbeatSeconds: null })).toBeUndefined();
  });
});
