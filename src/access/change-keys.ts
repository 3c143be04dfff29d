import { recordIn } from '../fhir/audit/record/new-entry.ts';
import type { Caller } from '../fhir/caller.ts';
import { type Client, columnsOf, findClient, UUID } from './clients.ts';
import { type KeysInput, type RegisterDeps, requireUsable, signsInBy } from './register.ts';
import { unknownClient } from './revoke.ts';

/**
 * Gives a program other keys, or another certificate, in the place of what it had. Who signs in by the ones before gets
 * nothing any more, and the tokens that were given are good no more: the program asks for one with its new key.
 * @param caller who changes them
 * @throws AppError (404) when there is no such program, or it was revoked; (422) saying what of it cannot be used
 */
export async function changeKeys(deps: RegisterDeps, caller: Caller, id: string, input: KeysInput): Promise<Client> {
  if (!UUID.test(id)) throw unknownClient();
  const known = await findClient(deps.db, id);
  if (!known) throw unknownClient();
  const scopes = input.scopes ?? known.scopes;
  requireUsable(deps, { ...input, scopes: scopes && [...scopes] }, 'keys');
  const { keys, certificate } = signsInBy(input);
  const changed: Client = { ...known, keys, certificate, scopes };
  const now = deps.now();
  await deps.db.transaction(async (tx) => {
    const rows = await tx.query(
      `UPDATE client SET jwks = $2::json, jwks_uri = $3, tls_subject = $4, tls_self_signed = $5, scopes = $6::text[],
         keys_round = keys_round + 1 WHERE id = $1 AND revoked_at IS NULL RETURNING id`,
      [id, ...columnsOf(changed), scopes ?? null],
    );
    if (rows.length === 0) throw unknownClient();
    await tx.query('UPDATE access_token SET revoked_at = $2 WHERE client_id = $1 AND revoked_at IS NULL', [id, now]);
    await recordIn(tx, caller, now, [{ action: 'U', interaction: 'client-changed', about_client: id }]);
  });
  return changed;
}
