import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, CapabilityStatement } from '@medplum/fhirtypes';
import type { OperationCall } from '../../src/fhir/operations/operation.ts';
import { processMessageOperation } from '../../src/fhir/operations/process-message.ts';
import { call } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type BadRequest, expectRefusal } from './refusal.ts';

const message: Bundle = {
  resourceType: 'Bundle',
  type: 'message',
  entry: [
    {
      resource: {
        resourceType: 'MessageHeader',
        eventCoding: { system: 'https://events.example', code: 'admit' },
        source: { endpoint: 'https://hospital.example' },
      },
    },
  ],
};

describe('$process-message', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub('embedded');
  });
  afterAll(() => hub?.close());

  const post = (name: string, body: unknown, status: number, text: string, expression: string): BadRequest => [
    name,
    'POST /fhir/R4/$process-message',
    { body },
    status,
    text,
    expression,
  ];
  test.each<BadRequest>([
    post(
      'an event nothing is done with',
      message,
      422,
      'This hub does nothing with messages of this event. It knows: none yet. Nothing was stored.',
      'Bundle.entry[0].resource.event',
    ),
    post(
      'what is no message',
      { ...message, type: 'collection' },
      400,
      'Send a Bundle of type message, or Parameters with one as "content".',
      'Bundle.type',
    ),
    [
      'an answer elsewhere',
      'POST /fhir/R4/$process-message?response-url=https://hospital.example',
      { body: message },
      400,
      'Messages are answered at once here, to who sends them. Leave out async and response-url.',
      "Parameters.parameter.where(name='response-url')",
    ],
    post(
      'an answer later',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'content', resource: message },
          { name: 'async', valueBoolean: true },
        ],
      },
      400,
      'Messages are answered at once here, to who sends them. Leave out async and response-url.',
      "Parameters.parameter.where(name='async')",
    ),
    post(
      'a header that is not first',
      { ...message, entry: [{ resource: { resourceType: 'Patient' } }, ...(message.entry ?? [])] },
      400,
      'The first entry of a message is its MessageHeader.',
      'Bundle.entry[0].resource',
    ),
    post(
      'a message without a header',
      { ...message, entry: [{ resource: { resourceType: 'Patient' } }] },
      400,
      'The first entry of a message is its MessageHeader.',
      'Bundle.entry[0].resource',
    ),
  ])('refuses %s', (...request) => expectRefusal(hub, request));

  test('is not in the metadata while there is nothing it does', async () => {
    const { body } = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    expect(body.rest?.[0]?.operation?.map(({ name }) => name)).not.toContain('process-message');
  });

  test('hands a message to the handler of its event', async () => {
    const operation = processMessageOperation([
      {
        event: 'https://events.example|admit',
        run: async ({ type }) => ({ status: 200, headers: { type: type ?? '' } }),
      },
    ]);
    expect(operation.unlisted).toBeUndefined();
    const body = { resourceType: 'Parameters' as const, parameter: [{ name: 'content', resource: message }] };
    const asked = { query: [], body } as unknown as OperationCall;
    expect(await operation.run(asked)).toEqual({ status: 200, headers: { type: 'message' } });
  });
});
