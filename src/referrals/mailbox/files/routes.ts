import express, { type Router } from 'express';
import type { Visit } from '../../../access/mailbox/visit.ts';
import type { Database } from '../../../db/database.ts';
import type { Recorder } from '../../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../../fhir/caller.ts';
import { parseLocal } from '../../../fhir/references.ts';
import { sendContent } from '../../../http/send-answer.ts';
import { clientOf } from '../client-of.ts';
import { openFile } from './open-file.ts';

/** What is attached to what somebody is shown who came by a mailbox: downloaded, and in the audit before it is told. */
export function fileRoutes({ db, record }: { readonly db: Database; readonly record: Recorder }): Router {
  const router = express.Router();
  router.get('/mailbox/files/:type/:id/:at', async (request, response) => {
    const { visit, caller } = response.locals as { visit: Visit; caller: Caller };
    const { content, from } = await openFile(db, caller, request.params);
    const patient = parseLocal(await clientOf(db, visit))?.id;
    const told = {
      resource_type: from.resourceType,
      resource_id: from.id,
      version: Number(from.meta?.versionId),
      patient,
    };
    await record(caller, [{ action: 'R', interaction: 'read', ...told, query: 'mailbox/files/*' }]);
    sendContent(response, content);
  });
  return router;
}
