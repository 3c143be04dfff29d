import type { Sql } from '../../src/db/database.ts';
import { searchAuditEvents } from '../../src/fhir/audit/audit-events.ts';
import type { Session } from '../../src/fhir/rest/interaction.ts';
import { disclosuresSql } from '../../src/reports/disclosures/disclosures.ts';
import type { Hot } from './hot-statements.ts';

/** The statement of a search of the audit, by somebody at the hub. */
async function asked(query: string): Promise<Pick<Hot, 'name' | 'text' | 'values'>> {
  const said: { text: string; values: readonly unknown[] }[] = [];
  const sql: Sql = {
    query: async (text, values = []) => {
      said.push({ text, values: values.map((value) => (value instanceof Date ? value.toISOString() : value)) });
      return [];
    },
  };
  const caller = { kind: 'operator', organizationId: 'careloop' } as const;
  const session = { caller, store: { self: 'Organization/careloop' }, base: '', strict: true } as unknown as Session;
  await searchAuditEvents(sql, session, [...new URLSearchParams(query)]);
  return { name: `AuditEvent?${query}`, text: said[0]?.text ?? '', values: said[0]?.values ?? [] };
}

/** How the audit is asked. */
export const HOT_AUDIT: readonly Hot[] = [
  { ...(await asked('')), indexes: ['audit_time'] },
  { ...(await asked('date=ge2026-02-10&date=lt2026-02-11')), indexes: ['audit_time'] },
  { ...(await asked('patient=Patient/pat777')), indexes: ['audit_names'] },
  { ...(await asked('entity=Task/root777')), indexes: ['audit_names'] },
  { ...(await asked('policy=urn:uuid:1f69645a-e874-4af3-a4d8-7fb27519a6aa')), indexes: ['audit_names'] },
  {
    name: 'what of a client was disclosed',
    text: disclosuresSql({ kind: 'operator', organizationId: 'careloop' }),
    values: ['pat777', null, null, 'careloop'],
    indexes: ['audit_names'],
  },
];
