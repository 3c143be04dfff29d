import type { Endpoint } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { entries, entryRow, type NewEntry } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { idOf } from '../../fhir/references.ts';
import { type Store, transact, type WriteRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { type OutboundPolicy, problemOf } from '../../outbound/policy.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import type { Credential } from './credential.ts';
import { type CredentialRecord, keepCredential, readCredentialRecord, removeCredential } from './store.ts';

export interface CredentialDeps {
  readonly store: Store;
  readonly secretKeys: SecretKeys;
  readonly outboundPolicy: OutboundPolicy;
}

/**
 * Sets what the hub presents to the server of an Endpoint, in the place of what it was. It is for the server that the
 * Endpoint's address names now.
 * @throws AppError: 404 unless the Endpoint is the caller's own, or the caller a person at the hub; 422 when it cannot be
 *   used, or the hub has no key to seal it with
 */
export function setCredential(
  deps: CredentialDeps,
  caller: Caller,
  endpointId: string,
  credential: Credential,
): Promise<CredentialRecord> {
  return transact(deps.store, caller, async (unit) => {
    const { address } = await requireOwn(unit, endpointId);
    const origin = URL.parse(address)?.origin;
    if (origin === undefined) throw refused(NO_ADDRESS, 'Endpoint.address');
    if (credential.kind === 'smart-backend' && problemOf(credential.tokenUrl, deps.outboundPolicy)) {
      throw refused(UNREACHED, 'tokenUrl');
    }
    await keepCredential(unit.tx, deps.secretKeys, { endpointId, credential, origin, setAt: unit.now }, caller);
    note(unit, endpointId, 'U');
    return requireThere(await readCredentialRecord(unit.tx, endpointId));
  });
}

/** What may be told of an Endpoint's credential. @throws AppError (404) */
export function describeCredential({ store }: CredentialDeps, caller: Caller, id: string): Promise<CredentialRecord> {
  return transact(store, caller, async (unit) => {
    await requireOwn(unit, id);
    return requireThere(await readCredentialRecord(unit.tx, id));
  });
}

/** @throws AppError (404) */
export function dropCredential({ store }: CredentialDeps, caller: Caller, id: string): Promise<void> {
  return transact(store, caller, async (unit) => {
    await requireOwn(unit, id);
    if (!(await removeCredential(unit.tx, id))) requireThere(undefined);
    note(unit, id, 'D');
  });
}

/** A credential goes with its Endpoint. */
export const credentialsGo: WriteRule = {
  types: ['Endpoint'],
  settle: async ({ id, after }, unit) => {
    if (!after) await removeCredential(unit.tx, id);
  },
};

/** Taken until the transaction ends, so that its address does not change meanwhile. */
async function requireOwn(unit: UnitOfWork, id: string): Promise<Endpoint> {
  const endpoint = await unit.lock<Endpoint>('Endpoint', id, BY_HUB);
  const { kind, organizationId } = unit.caller;
  const owners = [unit.authorOf('Endpoint', id), idOf('Organization', endpoint?.managingOrganization)];
  if (endpoint && (kind !== 'client' || owners.includes(organizationId))) return endpoint;
  throw new AppError('notFound', 'resource.not-found', `There is no Endpoint/${id} here.`);
}

function requireThere(record: CredentialRecord | undefined): CredentialRecord {
  if (record) return record;
  throw new AppError('notFound', 'endpoint.no-credentials', 'Nothing is presented to the server of this Endpoint.');
}

function note(unit: UnitOfWork, id: string, action: NewEntry['action']): void {
  const said: NewEntry = {
    action,
    interaction: 'operation',
    resource_type: 'Endpoint',
    resource_id: id,
    query: 'credentials',
  };
  unit.add(entries, { ...entryRow(unit.caller, said), recorded_at: unit.now.toISOString() });
}

function refused(text: string, expression: string): AppError {
  return new AppError('unprocessable', 'endpoint.credentials', text, { issues: [{ text, expression }] });
}

const NO_ADDRESS = 'The address of this Endpoint is no URL. Correct it first: a credential is for one server.';
const UNREACHED = 'Tokens are asked for at public https addresses only, without name, password or fragment.';
