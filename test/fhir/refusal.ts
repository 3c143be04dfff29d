import { expect } from '@jest/globals';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { type Answer, type CallOptions, call } from '../support/api.ts';
import type { TestHub } from '../support/hub.ts';
import { written } from './written.ts';

/** A request in short, e.g. `POST /fhir/R4/Patient`, and what it must be answered: status, words, and place (FHIRPath). */
export type BadRequest = readonly [
  name: string,
  request: string,
  options: CallOptions,
  status: number,
  text: string | RegExp,
  expression?: string,
];

export const PATCH = { 'content-type': 'application/json-patch+json' };

export const bundle = (...entry: unknown[]): object => ({ resourceType: 'Bundle', type: 'transaction', entry });
export const post = (resource: object): object => ({
  request: { method: 'POST', url: (resource as { resourceType: string }).resourceType },
  resource,
});
export const patient = (fields: object = {}): object => ({ resourceType: 'Patient', ...fields });
export const observation = (fields: object = {}): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...fields,
});

/** Expects a request to be refused in so many words, with nothing at all written in any table. */
export async function expectRefusal(hub: TestHub, request: BadRequest): Promise<void> {
  const [, line, options, ...refusal] = request;
  const [method = '', path = ''] = line.split(' ');
  await expectRefused(hub, () => call(method, hub.url + path, options), ...refusal);
}

export async function expectRefused(
  hub: TestHub,
  ask: () => Promise<Answer>,
  status: number,
  text: string | RegExp,
  expression?: string,
): Promise<void> {
  const before = await written(hub.deps.db);
  const answer = await ask();
  const outcome = answer.body as OperationOutcome;
  const said = outcome.issue?.[0]?.details?.text;
  expect([answer.status, said]).toEqual([status, typeof text === 'string' ? text : expect.stringMatching(text)]);
  expect(outcome).toMatchObject({
    resourceType: 'OperationOutcome',
  });
  for (const issue of outcome.issue) expect(issue).toMatchObject({ severity: 'error', code: expect.any(String) });
  expect(outcome.issue[0]?.expression?.[0]).toBe(expression);
  expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  expect(JSON.stringify(outcome)).not.toMatch(/ at .*\.ts|node_modules|SELECT/);
  expect(await written(hub.deps.db)).toEqual(before);
}
