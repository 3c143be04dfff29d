import type { Bundle } from '@medplum/fhirtypes';
import express, { type Request, type Response, type Router } from 'express';
import type { Caller } from '../fhir/caller.ts';
import { readQuery } from '../http/read-query.ts';
import { sendResource } from '../http/send-resource.ts';
import type { Viewer } from '../loops/worklist/viewer.ts';
import { behindQuery, type Measures, type MeasuresQuery, measuresQuery } from './api.ts';
import { askedBy, periodOf } from './asked.ts';
import { loopsBehind } from './behind.ts';
import { type Asked, type MeasureDeps, measure } from './compute.ts';
import { measuresNamed } from './definitions.ts';
import { isOrganization } from './facts.ts';
import type { Measure } from './measure.ts';
import { toCsv } from './to-csv.ts';
import { toMeasure } from './to-measure.ts';
import { toReport } from './to-report.ts';

export interface MeasureRouteDeps extends MeasureDeps {
  readonly now: () => Date;
  readonly hubOrg: string;
}

/** What is measured: the numbers, their definitions, and the loops behind each of them. */
export function measureRoutes({ db, measures: known, now, hubOrg }: MeasureRouteDeps): Router {
  const router = express.Router();
  const viewerOf = (response: Response): Viewer => ({ caller: callerOf(response), hubOrg });
  router.get('/measures', async (request, response) => {
    const query = readQuery(measuresQuery, request.query);
    const asked = askedBy(query);
    const measures = await measure({ db, measures: known }, viewerOf(response), asked, now());
    response.set('Cache-Control', 'no-store').vary('Accept');
    answer(request, response, { asked, measures, format: formatOf(request, query), hubOrg, known });
  });
  router.get('/measures/:id', (request, response) => {
    const [found] = measuresNamed(known, [request.params.id], !isOrganization(viewerOf(response)));
    if (found) sendResource(request, response, 200, toMeasure(found));
  });
  router.get('/measures/:id/loops', async (request, response) => {
    const { from, to, ...query } = readQuery(behindQuery, request.query);
    const behind = { ...query, ...periodOf({ from, to }) };
    response.json(await loopsBehind({ db, measures: known }, viewerOf(response), request.params.id, behind, now()));
  });
  return router;
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}

function formatOf(request: Request, { format }: MeasuresQuery): NonNullable<MeasuresQuery['format']> {
  return format ?? (request.accepts(['json', 'csv']) === 'csv' ? 'csv' : 'json');
}

interface Answer {
  readonly asked: Asked;
  readonly measures: Measures;
  readonly format: NonNullable<MeasuresQuery['format']>;
  readonly hubOrg: string;
  readonly known: readonly Measure[];
}

function answer(request: Request, response: Response, { asked, measures, format, hubOrg, known }: Answer): void {
  const { groupBy } = asked;
  if (format === 'csv') response.attachment('measures.csv').type('text/csv').send(toCsv(measures, groupBy));
  else if (format === 'json') response.json(measures);
  else {
    const [first, ...others] = measures.measures.map((each) => toReport(each, measures, { hubOrg, groupBy, known }));
    if (first && others.length === 0) sendResource(request, response, 200, first);
    else sendResource(request, response, 200, collection([...(first ? [first] : []), ...others]));
  }
}

function collection(resources: readonly NonNullable<NonNullable<Bundle['entry']>[number]['resource']>[]): Bundle {
  return { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) };
}
