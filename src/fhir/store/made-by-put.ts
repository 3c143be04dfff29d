import { insertInto } from '../../db/row-writer.ts';

/** A version that made a resource by an update: under an id of its sender's, or anew after it was deleted. */
interface MadeByPut {
  readonly type: string;
  readonly id: string;
  readonly version: number;
}

/** @see https://hl7.org/fhir/R4/http.html#upsert */
export const madeByPut = {
  ...insertInto<MadeByPut>(
    'resource_made_by_put',
    { type: 'text', id: 'text', version: 'int' },
    'ON CONFLICT DO NOTHING',
  ),
  usuallyOne: true,
};
