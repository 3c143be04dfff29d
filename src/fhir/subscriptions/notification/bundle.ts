import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { marked } from '../../sharing/confidentiality.ts';
import type { EventSubject } from '../events/load-events.ts';
import { PROFILES } from '../terms/extensions.ts';
import { type Said, statusParameters } from './status.ts';

/**
 * A notification: what is said about the subscription, then what the events left, as far as its content level goes.
 * Pure.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
 */
export function notificationBundle(said: Said, bundleId: string, now: Date): Bundle {
  const { content, events, base } = said;
  const subjects = content === 'empty' ? [] : events.flatMap(({ subject }) => subject ?? []);
  return marked({
    resourceType: 'Bundle',
    id: bundleId,
    meta: { profile: [PROFILES.notification] },
    type: 'history',
    timestamp: now.toISOString(),
    entry: [statusEntry(said), ...subjects.map((subject) => subjectEntry(subject, base))],
  });
}

function statusEntry(said: Said): BundleEntry {
  return {
    fullUrl: `urn:uuid:${said.id}`,
    resource: statusParameters(said),
    request: { method: 'GET', url: `${said.base}/Subscription/${said.row.id}/$status` },
    response: { status: '200' },
  };
}

function subjectEntry({ type, id, version, interaction, resource }: EventSubject, base: string): BundleEntry {
  return {
    fullUrl: `${base}/${type}/${id}`,
    ...(resource ? { resource } : {}),
    request: { method: METHODS[interaction], url: interaction === 'create' ? type : `${type}/${id}` },
    response: { status: STATUSES[interaction], etag: `W/"${version}"` },
  };
}

const METHODS = { create: 'POST', update: 'PUT', delete: 'DELETE' } as const;
const STATUSES = { create: '201', update: '200', delete: '204' } as const;
