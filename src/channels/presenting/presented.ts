import type { Sql } from '../../db/database.ts';
import { credentialAt, credentialOf, type KeptCredential } from '../../directory/credentials/store.ts';
import type { PartnerEndpoint } from '../../directory/directory.ts';
import { AppError } from '../../errors.ts';
import { keptHeaders } from '../../fhir/sealed-headers/kept.ts';
import { type Header, readHeader } from '../../fhir/subscriptions/terms/header.ts';
import type { SecretKeys } from '../../secrets/keys.ts';

/** What the hub presents to a server beside what it says; or why it cannot. */
export type Presented =
  | { readonly headers: readonly Header[]; readonly credential: KeptCredential | undefined }
  | { readonly not: 'opened' | 'for-this-server' };

/** What is presented to the server of an Endpoint: its headers, and what was set for it. */
export function presentedTo(sql: Sql, keys: SecretKeys, endpoint: PartnerEndpoint): Promise<Presented> {
  return orNotOpened(async () => {
    const kept = (await keptHeaders(sql, keys, `Endpoint/${endpoint.id}`)) ?? [];
    // What is no header (R4 does not say that each is one) is not sent.
    const headers = kept.map(readHeader).filter((each) => each !== undefined);
    const credential = await credentialOf(sql, keys, endpoint.id);
    return forServer(endpoint.address, { headers, credential });
  });
}

/**
 * What is presented to the endpoint of a Subscription: the headers it says itself, and, unless they authorize already,
 * what its owner has set for an Endpoint on the same server.
 */
export function presentedToHook(
  sql: Sql,
  keys: SecretKeys,
  owner: string,
  { endpoint, headers }: { readonly endpoint: string; readonly headers: readonly Header[] },
): Promise<Presented> {
  return orNotOpened(async () => {
    const origin = URL.parse(endpoint)?.origin;
    const authorizes = headers.some(([name]) => name.toLowerCase() === 'authorization');
    const credential = origin && !authorizes ? await credentialAt(sql, keys, owner, origin) : undefined;
    return { headers: [], credential };
  });
}

/** A credential is for one server: whoever may move an Endpoint need not know what is presented there. */
function forServer(address: string, presented: Exclude<Presented, { not: string }>): Presented {
  const { credential } = presented;
  if (!credential || credential.origin === URL.parse(address)?.origin) return presented;
  return { not: 'for-this-server' };
}

async function orNotOpened(look: () => Promise<Presented>): Promise<Presented> {
  try {
    return await look();
  } catch (thrown) {
    if (thrown instanceof AppError) return { not: 'opened' };
    throw thrown;
  }
}
