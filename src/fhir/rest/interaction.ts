import type { Provenance, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import type { Metadata } from '../capability/statement.ts';
import type { Store } from '../store/transact.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import type { Address, Params } from './request/address.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One thing a caller asks of the FHIR API: a request of its own, or an entry of a Bundle. */
export interface Interaction {
  readonly method: Method;
  readonly address: Address;
  readonly params: Params;
  /** A resource, a patch, or nothing. */
  readonly body: unknown;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifNoneExist?: string | undefined;
  /** A time as HTTP writes it, or an instant. */
  readonly ifModifiedSince?: string | undefined;
  /** A time as HTTP writes it. */
  readonly ifUnmodifiedSince?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly resource?: Resource | undefined;
  /** Whether the caller may not see the resource, though it has written it. */
  readonly isHidden?: boolean;
  /** What was written: afterwards it may say more than the caller sent. */
  readonly wrote?: { readonly type: string; readonly id: string } | undefined;
  /** Where to go on asking. */
  readonly location?: string | undefined;
}

/** In what an interaction is carried out. */
export interface Session {
  readonly store: Store;
  readonly caller: Caller;
  /** The address of this server's FHIR API, without a slash at the end. */
  readonly base: string;
  /** Whether parameters this server does not know are refused. @see https://hl7.org/fhir/R4/search.html#errors */
  readonly strict: boolean;
  /** What this server does, where that may be asked. */
  readonly metadata?: Metadata;
  /** Where the changes of this request come from, as its sender says. */
  readonly provenance?: Provenance | undefined;
}

/** A session inside a transaction. */
export interface WriteSession extends Session {
  readonly unit: UnitOfWork;
}

/** The code of what is not there, or is not for who asks: nobody can tell which. */
export const NOT_THERE = 'resource.not-found';

export function notFound(type: string, id: string): AppError {
  return new AppError('notFound', NOT_THERE, `There is no ${type}/${id} here.`);
}

export function wasDeleted(type: string, id: string): AppError {
  return new AppError('gone', 'resource.deleted', `${type}/${id} was deleted.`);
}
