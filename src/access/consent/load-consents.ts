import type { Consent, Organization } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { idOf } from '../../fhir/references.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import type { GivenConsent, Recipient } from './disclosure.ts';

/** The Consents of some clients, by the id of the Patient. */
export type Consents = ReadonlyMap<string, readonly GivenConsent[]>;

interface Row {
  readonly id: string;
  readonly content: Consent & { readonly id: string };
  readonly author: string;
}

export const CONSENTS_SQL = `
  SELECT id, content, author_org AS author FROM resource WHERE type = 'Consent' AND NOT deleted AND tokens && $1::text[]`;

/** Reads the Consents of some clients as they are committed, or as a transaction that has written its own sees them. */
export async function loadConsents(sql: Sql, clients: readonly string[]): Promise<Consents> {
  if (clients.length === 0) return new Map();
  const keys = clients.map((client) => `Consent.patient=Patient/${client}`);
  return byClient(await sql.query<Row>(CONSENTS_SQL, [keys]));
}

/** Likewise, with those that a transaction has staged and not written yet. */
export async function consentsWith(unit: UnitOfWork, clients: readonly string[]): Promise<Consents> {
  const stored = await loadConsents(unit.tx, clients);
  const staged = unit.changes.filter(({ type }) => type === 'Consent');
  if (staged.length === 0) return stored;
  const ids = new Set(staged.map(({ id }) => id));
  const rows = [...stored.values()].flat().flatMap(({ consent, author }) => {
    const id = consent.id ?? '';
    return ids.has(id) ? [] : [{ id, content: consent as Row['content'], author }];
  });
  const added = staged.flatMap(({ id, after }) =>
    after ? [{ id, content: after as Row['content'], author: unit.authorOf('Consent', id) ?? '' }] : [],
  );
  const wanted = new Set(clients);
  return new Map([...byClient([...rows, ...added])].filter(([client]) => wanted.has(client)));
}

function byClient(rows: readonly Row[]): Consents {
  const consents = new Map<string, GivenConsent[]>();
  for (const { content, author } of rows) {
    const client = idOf('Patient', content.patient) ?? '';
    consents.set(client, [...(consents.get(client) ?? []), { consent: content, author }]);
  }
  return consents;
}

/** Who is to receive something, with what it is registered as. */
export async function loadRecipient(sql: Sql, organizationId: string): Promise<Recipient> {
  const [row] = await sql.query<{ content: Organization }>(
    `SELECT content FROM resource WHERE type = 'Organization' AND id = $1 AND NOT deleted`,
    [organizationId],
  );
  const types = (row?.content.type ?? []).flatMap(({ coding }) => (coding ?? []).flatMap(({ code }) => code ?? []));
  return { organizationId, types };
}
