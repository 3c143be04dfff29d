import type { Resource } from '@medplum/fhirtypes';
import { JsonText } from '../../db/parameters.ts';
import { insertInto, type RowBuffer, type RowWriter } from '../../db/row-writer.ts';
import { patientOf } from '../audit/patient-of.ts';
import type { Caller } from '../caller.ts';
import { jsonText } from '../json-text.ts';
import { readerKeys } from '../sharing/readers.ts';
import { isRestricted } from '../sharing/restricted.ts';
import { type Shown, subsetted } from '../sharing/subsetted.ts';
import type { Trimmed } from '../sharing/trimming/trimmed.ts';
import { indexResource, type ResourceIndex } from './index/index-resource.ts';
import { addIndexRows } from './index/index-rows.ts';
import { listKeyOf } from './index/listed.ts';

/** One resource as a transaction leaves it. */
export interface ResourceVersion {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** The version that stands in the database now; undefined for a resource that does not exist yet. */
  readonly storedVersion: number | undefined;
  /** Undefined when the resource is deleted. */
  readonly content: Resource | undefined;
  readonly lastUpdated: string;
  /** What it was before this transaction. */
  readonly before: Resource | undefined;
  /** The id of the Organization that wrote it first. */
  readonly author: string;
  /** Who may read it: ids of Organizations. */
  readonly readers: readonly string[];
  /** Until when; null: no end. */
  readonly readersUntil: Date | null;
  /** What others than its author are shown of it; null: all. */
  readonly shown: Shown | null;
  /** What some of its readers are shown of it; null: all of them read all. */
  readonly trimmed: Trimmed | null;
  /** Whether the audit says it already. */
  readonly isInAudit: boolean;
}

interface ResourceRow {
  type: string;
  id: string;
  version: number;
  stored_version: number | null;
  last_updated: string;
  deleted: boolean;
  content: JsonText | null;
  tokens: readonly string[];
  texts: readonly string[];
  listed: string | null;
  author_org: string;
  readers: readonly string[];
  readers_until: string | null;
  restricted: boolean;
  shown: readonly string[] | null;
  trimmed: Trimmed | null;
  /** The id of whose record it is in; empty where it is in nobody's. */
  patient: string;
}

const RESOURCE_COLUMNS = {
  type: 'text',
  id: 'text',
  version: 'int',
  stored_version: 'int',
  last_updated: 'timestamptz',
  deleted: 'boolean',
  content: 'json',
  tokens: 'text[]',
  texts: 'text[]',
  listed: 'text',
  author_org: 'text',
  readers: 'text[]',
  readers_until: 'timestamptz',
  restricted: 'boolean',
  shown: 'text[]',
  trimmed: 'jsonb',
  patient: 'text',
} as const;

/** The name of what writes resources that are not there: refused where somebody else has made one of the same id meanwhile. */
export const CREATES = 'resource_create';

const created: RowWriter<ResourceRow> = {
  name: CREATES,
  columns: RESOURCE_COLUMNS,
  usuallyOne: true,
  refusedBy: 'resource_pkey',
  statement: (
    rows,
  ) => `INSERT INTO resource (type, id, version, last_updated, deleted, content, tokens, texts, listed, author_org, readers,
      readers_until, restricted, shown, trimmed, patient)
    SELECT type, id, version, last_updated, deleted, content, tokens, array_to_tsvector(texts), listed, author_org, readers,
      readers_until, restricted, shown, trimmed, patient FROM ${rows}`,
};

const updated: RowWriter<ResourceRow> = {
  name: 'resource_update',
  columns: RESOURCE_COLUMNS,
  mustAffectEach: true,
  usuallyOne: true,
  statement: (rows) => `UPDATE resource SET version = r.version, last_updated = r.last_updated, deleted = r.deleted,
      content = r.content, tokens = r.tokens, texts = array_to_tsvector(r.texts), listed = r.listed, readers = r.readers,
      readers_until = r.readers_until, restricted = r.restricted, shown = r.shown, trimmed = r.trimmed, patient = r.patient
    FROM ${rows} WHERE resource.type = r.type AND resource.id = r.id AND resource.version = r.stored_version RETURNING 1`,
};

/** Keeps the version that stands: what the statement reads is what was before it. */
const superseded: RowWriter<Pick<ResourceRow, 'type' | 'id'>> = {
  name: 'resource_history',
  columns: { type: 'text', id: 'text' },
  usuallyOne: true,
  statement: (rows) => `INSERT INTO resource_history (type, id, version, last_updated, deleted, content)
    SELECT resource.type, resource.id, version, last_updated, deleted, content
    FROM ${rows} JOIN resource ON resource.type = r.type AND resource.id = r.id ON CONFLICT DO NOTHING`,
};

interface AuditRow {
  recorded_at: string;
  action: 'C' | 'U' | 'D';
  organization_id: string;
  client_id: string | null;
  request_id: string | null;
  resource_type: string;
  resource_id: string;
  version: number;
  patient: string | null;
  person_id: string | null;
  person_roles: string | null;
  door: string | null;
}

const audit: RowWriter<AuditRow> = {
  ...insertInto<AuditRow>('audit', {
    recorded_at: 'timestamptz',
    action: 'text',
    organization_id: 'text',
    client_id: 'text',
    request_id: 'text',
    resource_type: 'text',
    resource_id: 'text',
    version: 'int',
    patient: 'text',
    person_id: 'text',
    person_roles: 'text',
    door: 'text',
  }),
  usuallyOne: true,
};
/** Adds what one resource version is in the database: itself, its history, its search index and its audit entry. */
export function addResourceRows(rows: RowBuffer, write: ResourceVersion, caller: Caller): void {
  const { type, id, version, storedVersion, content, lastUpdated, author, readers, readersUntil, shown, trimmed } =
    write;
  const index = content ? indexResource(shown ? subsetted(content, shown) : content) : NOTHING;
  const patient = patientOf(content ?? write.before);
  const row: ResourceRow = {
    type,
    id,
    version,
    stored_version: storedVersion ?? null,
    last_updated: lastUpdated,
    deleted: !content,
    content: content ? new JsonText(jsonText(content)) : null,
    tokens: content ? [...index.tokens, ...readerKeys(type, readers)] : [],
    texts: index.texts,
    listed: listKeyOf(type, index.tokens) ?? null,
    author_org: author,
    readers,
    readers_until: readersUntil?.toISOString() ?? null,
    restricted: isRestricted(content ?? write.before),
    shown,
    trimmed,
    patient: patient ?? '',
  };
  rows.add(storedVersion === undefined ? created : updated, row);
  // A resource written twice in one transaction is one version.
  if (storedVersion !== undefined && storedVersion !== version) rows.add(superseded, { type, id });
  addIndexRows(rows, { type, id }, index, storedVersion !== undefined);
  if (storedVersion !== version && !write.isInAudit) rows.add(audit, auditRow(write, patient, caller));
}

/** A resource that is deleted is found by nothing. */
const NOTHING: ResourceIndex = { tokens: [], texts: [], ranges: [], groups: [] };

function auditRow(write: ResourceVersion, patient: string | undefined, caller: Caller): AuditRow {
  return {
    recorded_at: write.lastUpdated,
    action: write.content ? (write.version === 1 ? 'C' : 'U') : 'D',
    organization_id: caller.organizationId,
    client_id: caller.clientId ?? null,
    request_id: caller.requestId ?? null,
    resource_type: write.type,
    resource_id: write.id,
    version: write.version,
    patient: patient ?? null,
    person_id: caller.personId ?? null,
    person_roles: caller.roles?.join(' ') ?? null,
    door: caller.door ?? null,
  };
}
