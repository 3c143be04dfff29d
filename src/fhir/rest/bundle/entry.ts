import type { BundleEntry, OperationOutcome } from '@medplum/fhirtypes';
import { AppError, toAppError } from '../../../errors.ts';
import type { Answer, Interaction, Method } from '../interaction.ts';
import { changes } from '../perform.ts';
import { belowBase, parseUrl } from '../request/address.ts';
import { hasThisVersion, versionOf } from '../request/has-this-version.ts';
import { shorten } from '../request/shorten.ts';

/** Reads what an entry of a Bundle asks for. @throws AppError that names the entry */
export function readEntry(entry: BundleEntry, at: number, base: string): Interaction {
  const request = entry.request as NonNullable<BundleEntry['request']>;
  try {
    return {
      ...parseUrl(belowBase(request.url as string, base)),
      method: request.method as Method,
      body: bodyOf(entry),
      ifMatch: request.ifMatch,
      ifNoneMatch: request.ifNoneMatch,
      ifNoneExist: request.ifNoneExist,
      ifModifiedSince: request.ifModifiedSince,
    };
  } catch (thrown) {
    throw placedAt(thrown, at, undefined);
  }
}

/** A patch may come as a Binary that holds a JSON Patch. @see https://hl7.org/fhir/R4/http.html#transaction */
function bodyOf({ request, resource }: BundleEntry): unknown {
  if (request?.method !== 'PATCH' || resource?.resourceType !== 'Binary') return resource;
  try {
    return JSON.parse(Buffer.from(resource.data ?? '', 'base64').toString());
  } catch {
    throw new AppError('invalid', 'patch.expected', 'The Binary of a PATCH entry holds a JSON Patch in base64.');
  }
}

/** The order in which the entries of a transaction are carried out. @see https://hl7.org/fhir/R4/http.html#trules */
export function rankOf({ method }: Interaction): number {
  return ['DELETE', 'POST', 'PUT', 'PATCH', 'GET', 'HEAD'].indexOf(method);
}

/** What an answer says in the Bundle that answers. @see https://hl7.org/fhir/R4/bundle.html#transaction-response */
export function entryOf(answer: Answer, asked: Interaction): BundleEntry {
  const { status, resource, wrote } = answer;
  if (!changes(asked) || asked.address.kind === 'operation') return readEntryOf(answer, asked);
  const { versionId, lastUpdated } = resource?.meta ?? {};
  if (!resource?.id || !versionId || !lastUpdated) return { response: { status: String(status) } };
  const { type, id } = wrote ?? { type: resource.resourceType, id: resource.id };
  return {
    response: {
      status: String(status),
      location: `${type}/${id}/_history/${versionId}`,
      etag: `W/"${versionId}"`,
      lastModified: lastUpdated,
    },
  };
}

/** What was read, in the form asked for; nothing of it to HEAD, and to those who have this version. */
function readEntryOf({ status, resource, location }: Answer, asked: Interaction): BundleEntry {
  const { versionId, lastUpdated } = resource?.meta ?? {};
  const isKnown = resource !== undefined && hasThisVersion(versionOf(resource), asked);
  return {
    ...(resource && !isKnown && asked.method !== 'HEAD' ? { resource: shorten(resource, asked.params) } : {}),
    response: {
      status: isKnown ? '304' : String(status),
      ...(location ? { location } : {}),
      ...(versionId ? { etag: `W/"${versionId}"` } : {}),
      ...(lastUpdated ? { lastModified: lastUpdated } : {}),
    },
  };
}

/** What went wrong with an entry of a batch. */
export function refusedEntry(thrown: unknown, at: number, asked: Interaction | undefined): BundleEntry {
  const error = placedAt(thrown, at, asked && typeOf(asked));
  return { response: { status: String(error.status), outcome: error.outcome as OperationOutcome } };
}

/** The type an entry is about. */
export function typeOf({ address }: Interaction): string | undefined {
  return 'type' in address ? address.type : undefined;
}

/** Says in which entry the fault stands: `Task.owner` becomes `Bundle.entry[3].resource.owner`. */
export function placedAt(thrown: unknown, at: number, type: string | undefined): AppError {
  const error = toAppError(thrown);
  const entry = `Bundle.entry[${at}]`;
  const issues = error.outcome.issue.map((issue) => ({
    text: issue.details?.text ?? error.message,
    code: issue.code,
    expression: placed(issue.expression?.[0], type, entry),
  }));
  const { subject, cause } = error;
  return new AppError(error.kind, error.code, error.message, { issues, subject, cause });
}

function placed(expression: string | undefined, type: string | undefined, entry: string): string {
  if (expression?.startsWith('Bundle.')) return expression;
  if (expression === undefined) return entry;
  if (expression.startsWith('Parameters.')) return `${entry}.resource${expression.slice('Parameters'.length)}`;
  if (type && (expression === type || expression.startsWith(`${type}.`))) {
    return `${entry}.resource${expression.slice(type.length)}`;
  }
  return `${entry}.resource.${expression}`;
}
