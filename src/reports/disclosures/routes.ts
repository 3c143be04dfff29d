import express, { type Router } from 'express';
import { z } from 'zod';
import type { Database } from '../../db/database.ts';
import type { Recorder } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { accountFor } from './disclosures.ts';
import { toCsv } from './to-csv.ts';
import { toPdf } from './to-pdf.ts';

const moment = z.iso.datetime({ offset: true }).or(z.iso.date());

export const disclosuresQuery = z.object({
  since: moment.optional().describe('From this time on'),
  until: moment.optional().describe('Before this time'),
  format: z.enum(['json', 'csv', 'pdf']).default('json'),
});

export interface DisclosureDeps {
  readonly db: Database;
  readonly now: () => Date;
  readonly hubOrg: string;
  readonly record: Recorder;
}

/** The accounting of what of a client was disclosed to whom; for people at the hub. */
export function disclosureRoutes({ db, now, hubOrg, record }: DisclosureDeps): Router {
  const router = express.Router();
  router.get('/patients/:id/disclosures', async (request, response) => {
    const { caller } = response.locals as { caller: Caller };
    const { format, since, until } = disclosuresQuery.parse(request.query);
    const asked = { patient: request.params.id, since, until };
    const accounting = await accountFor(db, caller, asked, { hubOrg, now: now() });
    const { patient } = accounting;
    const told = { resource_type: 'Patient', resource_id: patient, patient, query: 'Patient/disclosures' };
    await record(caller, [{ action: 'E', interaction: 'operation', ...told }]);
    response.set('Cache-Control', 'no-store');
    // It is recorded above.
    if (format === 'json') response.type('json').send(JSON.stringify(accounting));
    else {
      // No name of the client: names of files are seen by others.
      response.attachment(`disclosures.${format}`);
      response.send(format === 'csv' ? toCsv(accounting) : await toPdf(accounting));
    }
  });
  return router;
}
