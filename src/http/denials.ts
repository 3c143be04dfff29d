import type { Request, Response } from 'express';
import type { AppError, ErrorKind } from '../errors.ts';
import { refusalOf } from '../fhir/audit/record/entries-of.ts';
import type { NewEntry, Recorder } from '../fhir/audit/record/new-entry.ts';
import type { RefusalRecorder } from '../fhir/audit/record/refusals.ts';
import type { Caller } from '../fhir/caller.ts';
import { type Method, NOT_THERE } from '../fhir/rest/interaction.ts';
import { parseAddress } from '../fhir/rest/request/address.ts';
import { describeThrown, type Log } from '../log.ts';
import { targetAt } from './api-target.ts';
import { SIGNING_IN } from './limits/rate-limits.ts';

/** What keeps in the audit who was refused. */
export interface Recorders {
  /** Of who has shown who they are: each time. */
  readonly record: Recorder;
  /** Of anybody else: counted by the minute. */
  readonly noteRefusal: RefusalRecorder;
}

/** What the rules before know of who asks. */
interface Known {
  readonly requestId?: string;
  readonly caller?: Caller;
  /** The session was good; what was asked with it was not. */
  readonly knownCaller?: Caller;
  /** The program whose token is good no more. */
  readonly namedClient?: string | undefined;
  /** Whoever has refused it has kept that already. */
  readonly refusalKept?: boolean;
}

const DENIED: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['unauthenticated', 'forbidden']);

/** What is not there, or not for who asks: nobody can tell which, so it is a denial. */
const NOT_FOUND: ReadonlySet<string> = new Set([
  NOT_THERE,
  'loops.not-found',
  'plan.not-found',
  'disclosures.no-client',
  'consent.not-found',
  'consent.no-resource',
]);

export function isDenial({ kind, code }: AppError): boolean {
  return DENIED.has(kind) || (kind === 'notFound' && NOT_FOUND.has(code));
}

/** Keeps that somebody was refused; where that fails it is refused all the same, and nothing was disclosed. */
export async function keepDenial(
  log: Log,
  { record, noteRefusal }: Recorders,
  request: Request,
  response: Response,
  { code }: AppError,
): Promise<void> {
  const { caller, knownCaller, namedClient, refusalKept, requestId } = response.locals as Known;
  const who = caller ?? knownCaller;
  const refusal = NOT_FOUND.has(code) ? NOT_THERE : code;
  try {
    if (who) await record(who, [denialOf(request, refusal)]);
    else if (!refusalKept) {
      const interaction = SIGNING_IN.test(request.path) ? 'sign-in' : 'operation';
      await noteRefusal({ interaction, refusal, clientId: namedClient, requestId });
    }
  } catch (unwritten) {
    log.error(describeThrown(unwritten), 'denial not recorded');
  }
}

/** As the router takes it: in either case, and with the name of the host before it. */
const FHIR = /^(?:https?:\/\/[^/]*)?\/fhir\/R4(?=\/)/i;
const API = '/api';

function denialOf({ method, originalUrl }: Request, refusal: string): NewEntry {
  const [path = ''] = originalUrl.split('?');
  try {
    const below = FHIR.test(path) ? parseAddress(path.replace(FHIR, '')) : undefined;
    if (below) return refusalOf({ method: method as Method, address: below }, refusal);
  } catch {
    // An address that is none: then it is only said that something was refused.
  }
  return { action: 'E', interaction: 'operation', ...targetAt(path.slice(API.length)), refusal };
}
