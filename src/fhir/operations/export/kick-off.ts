import type { OperationOutcome } from '@medplum/fhirtypes';
import { announcements } from '../../../db/announce.ts';
import type { Sql } from '../../../db/database.ts';
import { lockNames } from '../../../db/locks.ts';
import { AppError } from '../../../errors.ts';
import { OUTBOX_CHANNEL, outboxRows } from '../../../outbox/outbox.ts';
import { seesHubsProvenance } from '../../audit/provenance/asks-for-provenance.ts';
import { bringProvenanceUpToDate } from '../../audit/provenance/make-provenance.ts';
import { type Caller, visibleTo } from '../../caller.ts';
import { storedTypes } from '../../definitions.ts';
import { readPrefer } from '../../rest/request/prefer.ts';
import { storedTerms } from '../../rest/request/stored-terms.ts';
import { missingScope, typesWhollyAllowed } from '../../scopes/allowed.ts';
import { requireLinks } from '../../scopes/limit-search.ts';
import { readableTypes } from '../../scopes/readable-types.ts';
import { type Store, transact } from '../../store/transact.ts';
import type { UnitOfWork } from '../../store/unit-of-work.ts';
import { deskOf } from '../find-definition.ts';
import { inputsOf, type OperationAnswer, type OperationCall } from '../operation.ts';
import { jobRows, openJobs } from './export-job.ts';
import { type ExportLevel, type ExportRequest, filtersIn, readExportRequest } from './export-request.ts';
import { patientsInGroup } from './group-members.ts';

export interface KickOffDeps {
  readonly store: Store;
  /** How many exports of one organization may be under way. */
  readonly atOnce: number;
}

/**
 * Accepts an export: it is kept, with the message that has it made, before the answer leaves.
 * @throws AppError (400) when it is not asked for as it must be, (404) when there is no such Group, (429) when the
 * organization has enough under way
 * @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-kick-off-request
 */
export async function kickOff(deps: KickOffDeps, call: OperationCall): Promise<OperationAnswer> {
  requireAsync(call);
  const lenient = /handling=lenient/.test(call.headers.prefer ?? '');
  const [desk, inputs] = [deskOf(deps.store, call), inputsOf(call)];
  const context = { ...desk, ...(await storedTerms(desk, filtersIn(inputs))) };
  const wanted = allowedOf(call, readExportRequest(context, levelOf(call), inputs, lenient));
  const members = call.id === undefined ? undefined : await patientsInGroup(desk, call.id);
  if (wanted.patients) await requirePatients(deps.store.db, call, wanted.patients);
  const patients = chosenOf(members, wanted.patients);
  if (mayHoldProvenance(call.caller, wanted)) await bringProvenanceUpToDate(deps.store);
  const jobId = deps.store.newId();
  await transact(deps.store, call.caller, async (unit) => {
    await requireRoom(unit, deps.atOnce);
    unit.add(jobRows, {
      id: jobId,
      organization_id: call.caller.organizationId,
      caller_kind: call.caller.kind,
      caller_roles: call.caller.roles ?? null,
      request: addressOf(call),
      wanted,
      patients: patients ?? null,
      status: 'accepted',
      transaction_time: unit.now.toISOString(),
    });
    unit.add(outboxRows, { id: unit.newId(), kind: 'export', subject_id: jobId, available_at: unit.now.toISOString() });
    unit.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
  });
  return accepted(`${call.base}/$export-status?job=${jobId}`);
}

/** What is made after the time of an export is not in it. */
function mayHoldProvenance(caller: Caller, { types, filters = [] }: ExportRequest): boolean {
  const isAsked = !types || types.includes('Provenance') || JSON.stringify(filters).includes('Provenance');
  return isAsked && seesHubsProvenance(caller);
}

/** What of an export its caller's scopes let it have: all it names, or as much of everything as there is. */
function allowedOf(call: OperationCall, wanted: ExportRequest): ExportRequest {
  const { caller } = call;
  if (!caller.scopes) return wanted;
  const isNamed = inputsOf(call).some(({ name }) => name === '_type');
  const types = isNamed
    ? readableTypes(caller, wanted.types ?? [])
    : typesWhollyAllowed(caller, 'r', wanted.types ?? storedTypes());
  if (types.length === 0) throw missingScope('r', '*');
  for (const { where } of wanted.filters ?? []) requireLinks(caller, where ?? []);
  return { ...wanted, types };
}

function requireAsync(call: OperationCall): void {
  if (readPrefer(call.headers.prefer).respondAsync) return;
  const text =
    'An export takes a while: send the header Prefer: respond-async, then ask at the address in Content-Location.';
  throw new AppError('invalid', 'export.async', text);
}

function levelOf({ level }: OperationCall): ExportLevel {
  return level === 'system' ? 'system' : level === 'type' ? 'patient' : 'group';
}

/** @throws AppError (422) when one that is named is not here, as far as the caller may see: nothing would be exported of it, unnoticed */
async function requirePatients(sql: Sql, { caller }: OperationCall, ids: readonly string[]): Promise<void> {
  const found = await sql.query(
    `SELECT 1 FROM resource r WHERE r.type = 'Patient' AND r.id = ANY ($1::text[]) AND NOT r.deleted AND ${visibleTo(caller, 'r')}`,
    [[...ids]],
  );
  if (found.length === new Set(ids).size) return;
  const text = 'A Patient named in "patient" is not here. Leave it out, or name one of this server.';
  throw new AppError('unprocessable', 'export.patient', text, {
    issues: [{ text, expression: "Parameters.parameter.where(name='patient')", code: 'not-found' }],
  });
}

/** The patients an export is of: of a group, those of its members who are named, or all. */
function chosenOf(
  members: readonly string[] | undefined,
  named: readonly string[] | undefined,
): readonly string[] | undefined {
  return members && named ? members.filter((id) => named.includes(id)) : (members ?? named);
}

/** @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-kick-off-request: 429 and a Retry-After header */
const ASK_AGAIN_SECONDS = 30;

async function requireRoom(unit: UnitOfWork, atOnce: number): Promise<void> {
  const { organizationId } = unit.caller;
  await lockNames(unit.tx, [`export of ${organizationId}`]);
  if ((await openJobs(unit.tx, organizationId)) < atOnce) return;
  const text = `Your organization has ${atOnce} exports under way, which is as many as it may. Wait until one is finished, or cancel one.`;
  throw new AppError('busy', 'export.too-many', text, { retryAfterSeconds: ASK_AGAIN_SECONDS });
}

function addressOf({ base, type, id, query }: OperationCall): string {
  const path = [base, type, id, '$export'].filter((part) => part !== undefined).join('/');
  const params = query.map(([name, value]): [string, string] => [name, value]);
  return params.length > 0 ? `${path}?${new URLSearchParams(params)}` : path;
}

function accepted(address: string): OperationAnswer {
  const text =
    'The export is being made. Ask at the address in Content-Location how far it is; DELETE that to cancel it.';
  const resource: OperationOutcome = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', code: 'informational', details: { text } }],
  };
  return { status: 202, headers: { 'Content-Location': address }, resource };
}
