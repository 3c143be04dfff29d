import { type Caller, trimmedFor } from '../../caller.ts';
import { TRIMMED_TYPES } from '../../sharing/trimming/demographics.ts';
import type { Interaction } from '../interaction.ts';

/**
 * What is asked for, without the conditions of a read where they would be met by what is not the same: what an organization
 * is shown of a client changes without a new version of it, so it is sent each time. Pure.
 * @see https://hl7.org/fhir/R4/http.html#cread
 */
export function readAnew(caller: Caller, asked: Interaction): Interaction {
  const type = 'type' in asked.address ? asked.address.type : undefined;
  const isRead = asked.method === 'GET' || asked.method === 'HEAD';
  if (!isRead || trimmedFor(caller) === undefined || !TRIMMED_TYPES.includes(type ?? '')) return asked;
  const { ifNoneMatch: _version, ifModifiedSince: _time, ...rest } = asked;
  return rest;
}
