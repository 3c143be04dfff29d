import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { Request, RequestHandler, Response } from 'express';
import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { calledAt } from '../../http/called-at.ts';
import { header, textHeader } from '../../http/header.ts';
import { sendAnswer, sendRaw, sendStanding } from '../../http/send-answer.ts';
import { requestedFormat, sendResource } from '../../http/send-resource.ts';
import { isAudit } from '../audit/audit-interactions.ts';
import { entriesOf, refusalOf } from '../audit/record/entries-of.ts';
import type { Recorder } from '../audit/record/new-entry.ts';
import type { Caller } from '../caller.ts';
import type { Metadata } from '../capability/statement.ts';
import type { Operation, OperationAnswer, OperationCall } from '../operations/operation.ts';
import { mayBeShown } from '../scopes/held.ts';
import type { Store } from '../store/transact.ts';
import { runBatch } from './bundle/batch.ts';
import { checkBundle } from './bundle/check-bundle.ts';
import { readEntry } from './bundle/entry.ts';
import { type Around, runTransaction } from './bundle/transaction.ts';
import { withWritten } from './bundle/with-written.ts';
import { type Answer, type Interaction, type Method, NOT_THERE, type Session } from './interaction.ts';
import { readProvenance } from './interactions/provenance.ts';
import { type ReadStanding, resourceOf } from './interactions/read-standing.ts';
import { callOperation, isAt, type OperationAddress } from './operation-call.ts';
import { changes, perform } from './perform.ts';
import { type Address, parseAddress, parseParams } from './request/address.ts';
import { methodsAt } from './request/allowed-methods.ts';
import { readPrefer } from './request/prefer.ts';
import { readAnew } from './request/read-anew.ts';
import { shorten } from './request/shorten.ts';

export interface FhirDoor {
  readonly config: Config;
  readonly store: Store;
  readonly operations: readonly Operation[];
  /** What this server does. */
  readonly metadata: Metadata;
  /** Runs inside the transaction of every transaction Bundle. */
  readonly aroundTransaction: Around;
  /** Called when a caller has read a resource. */
  readonly onRead: (caller: Caller, resource: Resource) => Promise<void>;
  /** Whether that can matter, by the JSON of what was read: what is only sent on need not be looked into. */
  readonly readMatters: (type: string, json: string) => boolean;
  /** Answers what most requests ask: one resource as it stands. It has recorded that where it could. */
  readonly readStanding: ReadStanding;
  /** Keeps in the audit what was read: before it is told, so that nothing is disclosed that is not recorded. */
  readonly record: Recorder;
}

/** What this server does; anybody may read it. @see https://hl7.org/fhir/R4/http.html#capabilities */
export function capability(metadata: Metadata): RequestHandler {
  return (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') {
      sendResource(request, response, 200, shorten(metadata(), paramsOf(request)));
      return;
    }
    response.setHeader('Allow', 'GET, HEAD');
    if (request.method !== 'OPTIONS')
      throw new AppError('notAllowed', 'metadata.read-only', 'The metadata is read, by GET.');
    response.status(204).end();
  };
}

/** The FHIR R4 API. @see https://hl7.org/fhir/R4/http.html */
export function fhirRoutes(door: FhirDoor): RequestHandler {
  return async (request, response) => {
    if (request.method === 'OPTIONS') {
      response.setHeader('Allow', methodsAt(parseAddress(request.path), door.operations).join(', '));
      response.status(204).end();
      return;
    }
    const isBundle = request.method === 'POST' && request.path === '/';
    try {
      if (isBundle) await wholeBundle(door, request, response);
      else await single(door, request, response);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'notAllowed') {
        const methods = methodsAt(parseAddress(request.path), door.operations);
        // Of a Bundle, an entry is refused.
        const allowed = methods.filter((method) => isBundle || method !== request.method);
        response.setHeader('Allow', allowed.join(', '));
      }
      throw thrown;
    }
  };
}

/** A form of answer there is not is refused before anything is done; a Binary and files come as what they are. */
function checkForm(door: FhirDoor, request: Request, { address, method }: Interaction): void {
  const isRead = method === 'GET' || method === 'HEAD';
  const isRaw =
    address.kind === 'operation'
      ? door.operations.some((each) => each.givesFiles && isAt(each, address))
      : 'type' in address && address.type === 'Binary';
  if (isRead && isRaw) return;
  if (isRead || readPrefer(header(request.headers.prefer)).returns !== 'minimal') requestedFormat(request);
}

async function wholeBundle(door: FhirDoor, request: Request, response: Response): Promise<void> {
  const session = sessionOf(door, request, response);
  requestedFormat(request);
  const bundle = checkBundle(request.body, door.config.BUNDLE_ENTRY_LIMIT, session.base);
  const answer =
    bundle.type === 'batch'
      ? await batch(door, session, bundle, { prefer: header(request.headers.prefer) })
      : await transaction(door, session, bundle);
  const { returns } = readPrefer(header(request.headers.prefer));
  sendResource(request, response, 200, await withWritten(session, answer, returns));
}

async function transaction(door: FhirDoor, session: Session, bundle: Bundle): Promise<Bundle> {
  const answer = await runTransaction(session, bundle, door.aroundTransaction);
  const read = (bundle.entry ?? []).flatMap((entry, at) => {
    const asked = readEntry(entry, at, session.base);
    return changes(asked) ? [] : entriesOf(asked, answer.entry?.[at]?.resource);
  });
  await door.record(session.caller, read);
  return answer;
}

async function batch(
  door: FhirDoor,
  session: Session,
  bundle: Bundle,
  headers: OperationCall['headers'],
): Promise<Bundle> {
  return runBatch(session, bundle, async (inside, asked) => {
    const { status, resource, ...answer } = await inBatch(door, inside, asked, headers);
    if (isRead(asked)) {
      await door.record(session.caller, entriesOf(asked, resource));
      await noteRead(door, session.caller, asked, resource);
    }
    return { ...answer, status, resource };
  });
}

async function inBatch(
  door: FhirDoor,
  session: Session,
  asked: Interaction,
  headers: OperationCall['headers'],
): Promise<Answer> {
  try {
    return asked.address.kind === 'operation'
      ? answerOf(await callOperation(door.operations, session, asked as OperationInteraction, headers))
      : await perform(session, asked);
  } catch (thrown) {
    if (thrown instanceof AppError && (thrown.kind === 'forbidden' || thrown.code === NOT_THERE)) {
      await door.record(session.caller, [refusalOf(asked, thrown.code)]);
    }
    throw thrown;
  }
}

/** Who asks by HEAD was told nothing of what it says, and has not read it. */
async function noteRead(
  door: FhirDoor,
  caller: Caller,
  { method }: Interaction,
  resource: Resource | undefined,
): Promise<void> {
  if (resource && method !== 'HEAD') await door.onRead(caller, resource);
}

function isRead(asked: Interaction): boolean {
  return !changes(asked) || asked.address.kind === 'operation';
}

/** What of an operation's answer a Bundle can hold. @throws AppError (400) when it is a file */
function answerOf({ status, resource, headers, raw }: OperationAnswer): Answer {
  if (!raw) return { status, resource, location: headers?.['Content-Location'] };
  throw new AppError(
    'invalid',
    'batch.file',
    'The answer is a file, which a Bundle cannot hold. Ask for it by itself.',
  );
}

type OperationInteraction = Interaction & { readonly address: OperationAddress };

function single(door: FhirDoor, request: Request, response: Response): Promise<void> {
  const session = sessionOf(door, request, response);
  const asked = readAnew(session.caller, interactionOf(request));
  checkForm(door, request, asked);
  if (asked.address.kind === 'operation')
    return operation(door, session, asked as OperationInteraction, request, response);
  if (isReadOfOne(asked)) return readOne(door, session, asked, request, response);
  return performOne(door, session, asked, request, response);
}

async function performOne(
  door: FhirDoor,
  session: Session,
  asked: Interaction,
  request: Request,
  response: Response,
): Promise<void> {
  const answer = await perform(session, asked);
  if (!changes(asked)) {
    await door.record(session.caller, entriesOf(asked, answer.resource));
    await noteRead(door, session.caller, asked, answer.resource);
  }
  const isHidden = changes(asked) && !(await mayBeShown(door.store.db, session.caller, answer.resource));
  sendAnswer(request, response, session.base, asked, { ...answer, isHidden });
}

type ReadOfOne = Interaction & { readonly address: Extract<Address, { kind: 'instance' }> };

function isReadOfOne(asked: Interaction): asked is ReadOfOne {
  return asked.address.kind === 'instance' && !changes(asked) && !isAudit(asked);
}

async function readOne(
  door: FhirDoor,
  { caller, base }: Session,
  asked: ReadOfOne,
  request: Request,
  response: Response,
): Promise<void> {
  const { type, id } = asked.address;
  const standing = await door.readStanding(caller, type, id);
  if (!standing.isRecorded) await door.record(caller, entriesOf(asked, resourceOf(standing)));
  if (door.readMatters(type, standing.text)) await noteRead(door, caller, asked, resourceOf(standing));
  sendStanding(request, response, base, asked, standing);
}

async function operation(
  door: FhirDoor,
  session: Session,
  asked: OperationInteraction,
  request: Request,
  response: Response,
): Promise<void> {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const { status, resource, headers: said, raw } = await callOperation(door.operations, session, asked, headers);
  await door.record(session.caller, entriesOf(asked, resource));
  response.set(said ?? {});
  if (resource) {
    await noteRead(door, session.caller, asked, resource);
    sendResource(request, response, status, resource);
  } else if (raw) await sendRaw(response, status, raw);
  else response.status(status).end();
}

function interactionOf(request: Request): Interaction {
  const address = parseAddress(request.path);
  const isForm = typeof request.body === 'string';
  return {
    method: request.method as Method,
    address,
    params: isForm ? [...paramsOf(request), ...parseParams(request.body as string)] : paramsOf(request),
    body: request.body as unknown,
    ifMatch: header(request.headers['if-match']),
    ifNoneMatch: header(request.headers['if-none-match']),
    ifNoneExist: textHeader(request.headers['if-none-exist']),
    ifModifiedSince: header(request.headers['if-modified-since']),
    ifUnmodifiedSince: header(request.headers['if-unmodified-since']),
  };
}

function paramsOf(request: Request): ReturnType<typeof parseParams> {
  const at = request.url.indexOf('?');
  return at < 0 ? [] : parseParams(request.url.slice(at + 1));
}

function sessionOf({ config, store, metadata }: FhirDoor, request: Request, response: Response): Session {
  const { caller } = response.locals as { caller: Caller };
  const base = `${config.PUBLIC_URL ?? calledAt(request)}/fhir/R4`;
  const provenance = readProvenance(textHeader(request.headers['x-provenance']));
  return { store, caller, base, strict: readPrefer(header(request.headers.prefer)).strict, metadata, provenance };
}
