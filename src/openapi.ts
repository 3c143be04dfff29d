import { z } from 'zod';
import { questionBody } from './access/consent/explain.ts';
import { PEOPLE_PATHS, PEOPLE_SCHEMAS } from './access/people/open-api.ts';
import { PROVIDER_PATHS, PROVIDER_SCHEMAS } from './access/providers/open-api.ts';
import { clientSchema, keysSchema } from './access/register.ts';
import { calendarSchema } from './calendars/calendar.ts';
import { credentialSchema } from './directory/credentials/credential.ts';
import { LOOP_PATHS, LOOP_SCHEMAS } from './loops/open-api.ts';
import { behindList, behindQuery, measured, measuredNumber, measures, measuresQuery } from './measures/api.ts';
import { planInput } from './plans/plan.ts';
import { plansQuery, takeBody } from './plans/routes.ts';
import { candidates, candidatesQuery } from './referrals/by-hand/candidates.ts';
import { CONFIRMATION_PATHS, CONFIRMATION_SCHEMAS } from './referrals/confirmation/open-api.ts';
import { CONVERSATION_PATHS, CONVERSATION_SCHEMAS } from './referrals/conversation/open-api.ts';
import { MAILBOX_PATHS, MAILBOX_SCHEMAS } from './referrals/mailbox/open-api.ts';
import { closeBody, offerBody, reopenBody } from './referrals/routes.ts';
import { disclosuresQuery } from './reports/disclosures/routes.ts';

/** The named shapes of the API. */
const SCHEMAS = {
  ...LOOP_SCHEMAS,
  MeasuredNumber: measuredNumber,
  Measured: measured,
  Measures: measures,
  LoopsBehind: behindList,
  PlanInput: planInput,
  Candidates: candidates,
  OfferInput: offerBody,
  CloseInput: closeBody,
  ReopenInput: reopenBody,
  ...CONVERSATION_SCHEMAS,
  ...CONFIRMATION_SCHEMAS,
  ...MAILBOX_SCHEMAS,
  ClientInput: clientSchema,
  ClientKeysInput: keysSchema,
  CredentialInput: credentialSchema,
  CalendarInput: calendarSchema,
  TakeReferralInput: takeBody,
  ...PEOPLE_SCHEMAS,
  ...PROVIDER_SCHEMAS,
  ConsentQuestion: questionBody,
};

type SchemaName = keyof typeof SCHEMAS;

interface Operation {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: SchemaName;
  readonly answer: { readonly status: number; readonly schema?: SchemaName; readonly description: string };
}

/** Every address of the JSON API below /api. */
const PATHS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  ...LOOP_PATHS,
  ...CONVERSATION_PATHS,
  '/api/loops/{id}/candidates': {
    get: {
      summary: 'Whom one could ask: those whose service matches, as the hub would ask them, or those of a name',
      query: candidatesQuery,
      answer: { status: 200, schema: 'Candidates', description: 'Organizations, and whether they are asked' },
    },
  },
  '/api/loops/{id}/offers': {
    post: {
      summary: 'Ask one more organization, or several at once',
      body: 'OfferInput',
      answer: { status: 201, description: 'Asked; the ids of the new Tasks' },
    },
  },
  '/api/loops/{id}/take-on': {
    post: {
      summary: "Take it on: the hub's own people do it, and who has not answered is asked no more",
      answer: { status: 201, description: "Taken on; the id of the hub's own Task" },
    },
  },
  ...CONFIRMATION_PATHS,
  ...MAILBOX_PATHS,
  '/api/loops/{id}/close': {
    post: {
      summary: 'Say how it ended',
      body: 'CloseInput',
      answer: { status: 204, description: 'Ended; the sender is being told' },
    },
  },
  '/api/measures': {
    get: {
      summary: 'What is measured of the referrals of a period, by groups: as JSON, CSV or MeasureReport',
      query: measuresQuery,
      answer: { status: 200, schema: 'Measures', description: 'The numbers, with the definition beside each' },
    },
  },
  '/api/measures/{id}': {
    get: {
      summary: 'The definition of a measure, as a FHIR Measure',
      answer: { status: 200, description: 'The definition' },
    },
  },
  '/api/measures/{id}/loops': {
    get: {
      summary: 'The loops behind a number',
      query: behindQuery,
      answer: { status: 200, schema: 'LoopsBehind', description: 'A page' },
    },
  },
  '/api/loops/{id}/reopen': {
    post: {
      summary: 'Ask again for what has ended: a new loop that replaces it',
      body: 'ReopenInput',
      answer: { status: 201, description: 'Opened again; the id of the new loop' },
    },
  },
  '/api/events': {
    get: {
      summary: 'Changed loops as server-sent events: event "loop", data {"id"}',
      answer: { status: 200, description: 'A stream' },
    },
  },
  '/api/deliveries/{id}/replay': {
    post: { summary: 'Send a rejected or given-up delivery again', answer: { status: 202, description: 'Due again' } },
  },
  '/api/consent/decide': {
    post: {
      summary: 'May an organization be given something, and because of which Consent, provision and rule of the policy',
      body: 'ConsentQuestion',
      answer: { status: 200, description: 'decision: permit, deny or wait; because; until when it holds' },
    },
  },
  '/api/consents/{id}/disclosures': {
    get: {
      summary: 'What was open to whom because a Consent permitted it',
      answer: { status: 200, description: 'Each resource with its recipient, and from when until when' },
    },
  },
  '/api/clients': {
    get: { summary: 'The programs of all organizations', answer: { status: 200, description: 'The programs' } },
    post: {
      summary: 'Register a program of an organization: with its public keys and scopes, or for a trial with a token',
      body: 'ClientInput',
      answer: { status: 201, description: 'The program; for a trial with its token, which is told once' },
    },
  },
  '/api/clients/{id}': {
    delete: {
      summary: 'Revoke a program, its tokens and its subscriptions, at once',
      answer: { status: 204, description: 'Revoked' },
    },
  },
  '/api/clients/{id}/keys': {
    put: {
      summary: 'Give a program other keys, or another certificate; the ones before and its tokens are refused at once',
      body: 'ClientKeysInput',
      answer: { status: 200, description: 'The program' },
    },
  },
  ...PEOPLE_PATHS,
  ...PROVIDER_PATHS,
  '/api/endpoints/{id}/credentials': {
    get: {
      summary: 'What the hub presents to the server of an Endpoint: its kind, since when and by whom; never the value',
      answer: { status: 200, description: 'Without the value' },
    },
    put: {
      summary: 'Set what the hub presents to the server of an Endpoint',
      body: 'CredentialInput',
      answer: { status: 200, description: 'Set; without the value' },
    },
    delete: {
      summary: 'Present nothing to the server of an Endpoint any more',
      answer: { status: 204, description: 'Dropped' },
    },
  },
  '/api/organizations/{id}/calendar': {
    get: {
      summary: 'When an organization works: its own calendar, or that of the hub',
      answer: { status: 200, description: 'The calendar, and whose it is' },
    },
    put: {
      summary: 'Say when an organization works; what is open falls due by it from now on',
      body: 'CalendarInput',
      answer: { status: 200, description: 'The calendar' },
    },
    delete: {
      summary: 'Have it work when the hub does',
      answer: { status: 204, description: 'It has no calendar of its own' },
    },
  },
  '/api/patients/{id}/disclosures': {
    get: {
      summary: 'What of a client was disclosed to whom: as JSON, CSV or PDF',
      query: disclosuresQuery,
      answer: { status: 200, description: 'The accounting' },
    },
  },
  '/api/plans': {
    get: { summary: "A client's plans", query: plansQuery, answer: { status: 200, description: 'The plans' } },
    post: { summary: 'Make a plan', body: 'PlanInput', answer: { status: 201, description: 'The plan' } },
  },
  '/api/plans/{id}': { get: { summary: 'One plan', answer: { status: 200, description: 'The plan' } } },
  '/api/plans/{id}/activities/{activityId}/send': {
    post: {
      summary: 'Send an activity as a referral',
      answer: { status: 201, description: 'Sent; the id of its loop' },
    },
  },
  '/api/plans/{id}/referrals': {
    post: {
      summary: 'Take a received referral into the plan',
      body: 'TakeReferralInput',
      answer: { status: 201, description: 'The plan' },
    },
  },
};

/** The OpenAPI 3.1 document of the JSON API, made from the schemas the routes check with. @see https://spec.openapis.org/oas/v3.1.0 */
export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Careloop',
      version: '1',
      description:
        'Loops and plans. The FHIR API describes itself at /fhir/R4/metadata. Errors are FHIR OperationOutcomes.',
    },
    paths: Object.fromEntries(Object.entries(PATHS).map(([path, methods]) => [path, describePath(path, methods)])),
    components: { schemas: componentSchemas() },
  };
}

function describePath(path: string, methods: Readonly<Record<string, Operation>>): object {
  return Object.fromEntries(
    Object.entries(methods).map(([method, operation]) => [method, describeOperation(path, operation)]),
  );
}

function describeOperation(path: string, { summary, query, body, answer }: Operation): object {
  const parameters = [...pathParameters(path), ...queryParameters(query)];
  return {
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: {
      [answer.status]: { description: answer.description, ...(answer.schema ? { content: json(answer.schema) } : {}) },
      default: { description: 'Refused: an OperationOutcome that says what, where and what to do' },
    },
  };
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined): object[] {
  const properties = query ? (z.toJSONSchema(query, { io: 'input' }).properties ?? {}) : {};
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function json(name: SchemaName): object {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } };
}

function componentSchemas(): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  return z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: 'input' }).schemas;
}
