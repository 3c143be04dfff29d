import type { Task } from '@medplum/fhirtypes';
import { type FhirClient, search } from '../fhir/client.ts';
import { Refused, request } from '../fhir/request.ts';
import type { Tokens } from '../fhir/sign-in.ts';

/** A loop as the hub's own API shows it; only what the partners' reports need. */
export interface Loop {
  readonly id: string;
  readonly client: { readonly name: string; readonly reference: string };
  readonly service: string;
  readonly state: 'open' | 'closed';
  readonly status: string;
  readonly outcome: { readonly code: string } | null;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly nextStep: { readonly step: string; readonly waitingOn: { readonly kind: string } } | null;
  readonly legs: readonly Leg[];
  readonly timeline: readonly TimelineEntry[];
}

export interface Leg {
  readonly id: string;
  readonly organization: { readonly id: string; readonly name: string };
  readonly status: string;
  readonly reason: string | null;
}

export interface TimelineEntry {
  readonly id: string;
  readonly kind: 'status' | 'delivery';
  readonly of?: 'root' | 'leg';
  readonly organization?: { readonly id: string; readonly name: string } | null;
  readonly from?: string | null;
  readonly to?: string;
  readonly message?: string;
  readonly status?: string;
  readonly attempts?: number;
  readonly lastCode?: string | null;
}

/** Reads one loop; undefined while the hub does not answer. */
export async function readLoop(operator: Tokens, hubUrl: string, id: string): Promise<Loop | undefined> {
  return (await ask(operator, `${hubUrl}/api/loops/${id}`)) as Loop | undefined;
}

/** Reads one loop, again and again until the hub answers; undefined when it does not have it. */
export async function readLoopPatiently(operator: FhirClient, hubUrl: string, id: string): Promise<Loop | undefined> {
  try {
    return (await request(operator, { method: 'GET', url: `${hubUrl}/api/loops/${id}` })) as Loop;
  } catch (thrown) {
    if (thrown instanceof Refused && thrown.status === 404) return undefined;
    throw thrown;
  }
}

/** How many loops of the hub are closed; undefined while it does not answer. */
export async function countClosed(operator: Tokens, hubUrl: string): Promise<number | undefined> {
  const counts = (await ask(operator, `${hubUrl}/api/loops/counts`)) as { closed: number } | undefined;
  return counts?.closed;
}

async function ask(operator: Tokens, url: string): Promise<unknown> {
  try {
    const headers = { authorization: `Bearer ${await operator.get()}` };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(15_000) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** The referrals the hub has under one business identifier of their sender: one, if all is well. */
export async function referralsUnder(operator: FhirClient, identifier: string): Promise<Task[]> {
  return search<Task>(operator, `Task?identifier=${encodeURIComponent(identifier)}`);
}

export function isOver(status: string | undefined): boolean {
  return ['completed', 'failed', 'rejected', 'cancelled', 'entered-in-error'].includes(status ?? '');
}
