import type { Resource } from '@medplum/fhirtypes';
import type { Database, Transaction } from '../../../db/database.ts';
import { RowBuffer, type RowWriter } from '../../../db/row-writer.ts';
import { patientOf } from '../../audit/patient-of.ts';
import { readerKeys } from '../../sharing/readers.ts';
import { type Shown, subsetted } from '../../sharing/subsetted.ts';
import { indexResource } from './index-resource.ts';
import { addIndexRows } from './index-rows.ts';
import { listKeyOf } from './listed.ts';

const AT_ONCE = 200;

interface Standing {
  readonly type: string;
  readonly id: string;
  readonly content: Resource;
  readonly readers: readonly string[];
  readonly shown: Shown | null;
}

interface KeyRow {
  readonly type: string;
  readonly id: string;
  readonly tokens: readonly string[];
  readonly texts: readonly string[];
  readonly listed: string | null;
  readonly patient: string;
}

const keys: RowWriter<KeyRow> = {
  name: 'resource_keys',
  columns: { type: 'text', id: 'text', tokens: 'text[]', texts: 'text[]', listed: 'text', patient: 'text' },
  statement: (rows) => `UPDATE resource SET tokens = r.tokens, texts = array_to_tsvector(r.texts), listed = r.listed,
      patient = r.patient FROM ${rows} WHERE resource.type = r.type AND resource.id = r.id`,
};

/**
 * Makes the search index of every resource anew, a few at a time, while the hub goes on working: after an upgrade that
 * searches by more. No version is made: resources stay as they are. May be broken off and repeated.
 * @returns how many resources there were
 */
export async function rebuildIndex(db: Database): Promise<number> {
  let done = 0;
  for (let after: Pick<Standing, 'type' | 'id'> | undefined = { type: '', id: '' }; after; ) {
    const standing: readonly Standing[] = await db.transaction((tx) => rebuildSome(tx, after as Standing));
    done += standing.length;
    after = standing.at(-1);
  }
  return done;
}

/** Taken until the end of the transaction, so that a change made meanwhile is not overwritten by an older index. */
async function rebuildSome(tx: Transaction, { type, id }: Pick<Standing, 'type' | 'id'>): Promise<readonly Standing[]> {
  const standing = await tx.query<Standing>(
    `SELECT type, id, content, readers, shown FROM resource WHERE (type, id) > ($1, $2) AND NOT deleted
     ORDER BY type, id LIMIT ${AT_ONCE} FOR NO KEY UPDATE`,
    [type, id],
  );
  const rows = new RowBuffer();
  for (const each of standing) {
    const owner = { type: each.type, id: each.id };
    const index = indexResource(each.shown ? subsetted(each.content, each.shown) : each.content);
    const { texts } = index;
    const tokens = [...index.tokens, ...readerKeys(each.type, each.readers)];
    rows.add(keys, {
      ...owner,
      tokens,
      texts,
      listed: listKeyOf(each.type, tokens) ?? null,
      patient: patientOf(each.content) ?? '',
    });
    addIndexRows(rows, owner, index, true);
  }
  await rows.flush((text, values) => tx.query(text, values));
  return standing;
}
