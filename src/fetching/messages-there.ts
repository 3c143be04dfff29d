import type { Communication } from '@medplum/fhirtypes';
import { NotAnswered, searchThere } from '../channels/fhir-fetch.ts';
import type { Sql } from '../db/database.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { messagesFrom } from './pause.ts';
import type { Source } from './source.ts';

/** What was found there, and when by the clock of the server; undefined: it knows no messages. */
export interface Messages {
  readonly resources: readonly Communication[];
  readonly asOf: Date | undefined;
}

/**
 * What was written on a partner's server to this hub's organization, or to one that wrote to it: R4 has no search for messages
 * by what they are about. A server that knows no messages has none.
 * @see https://hl7.org/fhir/R4/communication.html#search
 */
export async function messagesSince(
  { store, hubOrg }: DeliverDeps,
  { organizationId, base, hubBase, heard, context }: Source,
  since: Date | undefined,
): Promise<Messages> {
  const writers = await store.db.query<{ id: string }>(WRITERS_SQL, [organizationId]);
  const recipients = [...new Set([hubOrg, ...writers.map(({ id }) => id)])];
  const to = recipients.map((id) => encodeURIComponent(`${hubBase}/Organization/${id}`)).join(',');
  const isWhole = since === undefined || (await lacksSomething(store.db, organizationId));
  const from = isWhole ? messagesFrom(store.now(), heard) : since;
  const changed = from ? `&_lastUpdated=ge${from.toISOString()}` : '';
  try {
    const { resources, asOf } = await searchThere(base, `Communication?recipient=${to}${changed}&_count=50`, context);
    return {
      resources: resources.filter((each): each is Communication => each.resourceType === 'Communication'),
      asOf,
    };
  } catch (thrown) {
    const code = thrown instanceof NotAnswered ? thrown.outcome.code : '';
    if (UNKNOWN_THERE.has(code)) return { resources: [], asOf: undefined };
    throw thrown;
  }
}

const UNKNOWN_THERE: ReadonlySet<string> = new Set(['http-400', 'http-404', 'http-405', 'http-422', 'http-501']);

export const WRITERS_SQL = `
  SELECT DISTINCT m.from_org AS id FROM counterpart c JOIN message m ON m.id = c.resource_id AND m.to_org = $1
  WHERE c.organization_id = $1 AND c.watched AND c.type = 'Communication'`;

/** Whether something could not be read that was attached to a message: it is to be read again, changed or not. */
async function lacksSomething(sql: Sql, organizationId: string): Promise<boolean> {
  return (await sql.query(LACKS_SQL, [organizationId])).length > 0;
}

const LACKS_SQL = `SELECT 1 FROM fetch_finding WHERE organization_id = $1 AND resolved_at IS NULL AND code = 'fetch.not-had'
  AND there LIKE '%/Communication/%' LIMIT 1`;
