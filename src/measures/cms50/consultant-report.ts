import type { Coding, ServiceRequest, Task } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import { isRestricted } from '../../fhir/sharing/restricted.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isReferralTask } from '../../loops/words.ts';
import { type ReportCodes, reportCodes } from './value-sets.ts';

/** What a specialist reports in. */
const REPORTS = /^(?:DocumentReference|DiagnosticReport|Composition)\//;

/**
 * Keeps that a consultant report was received, as CMS50 looks for it: a completed Task of that code, based on the referral, when a
 * report becomes an outcome of it. Of the first report only, and where the value sets are stored that say which referrals and which code.
 * @see https://ecqi.healthit.gov/ecqm/ec/2026/cms0050v14
 */
export const keepConsultantReports: FinishRule = async (unit) => {
  const reported = unit.changes.flatMap(({ type, before, after }) =>
    type === 'Task' && after && before !== after ? newReportOf(before as Task | undefined, after as Task) : [],
  );
  if (reported.length === 0) return;
  const codes = await reportCodes(unit.tx);
  if (!codes) return;
  for (const { root, report } of reported) await keep(unit, root, report, codes);
};

interface Reported {
  readonly root: Task;
  readonly report: string;
}

function newReportOf(before: Task | undefined, after: Task): Reported[] {
  if (!isReferralTask(after) || after.partOf?.length || isRestricted(after)) return [];
  const known = new Set(reportsIn(before));
  const report = reportsIn(after).find((each) => !known.has(each));
  return report === undefined ? [] : [{ root: after, report }];
}

function reportsIn(task: Task | undefined): string[] {
  const references = (task?.output ?? []).flatMap(({ valueReference }) => valueReference?.reference ?? []);
  return references.filter((reference) => REPORTS.test(reference));
}

async function keep(unit: UnitOfWork, root: Task, report: string, codes: ReportCodes): Promise<void> {
  const requestId = idOf('ServiceRequest', root.focus);
  const request = requestId ? await unit.find<ServiceRequest>('ServiceRequest', requestId, BY_HUB) : undefined;
  if (!request?.code?.coding?.some((coding) => codes.referrals.includes(keyOf(coding)))) return;
  const [first] = codes.reports;
  if (first === undefined || (await isKept(unit, request.id, codes.reports))) return;
  const [system, code] = first.split('|');
  await unit.create<Task>(
    {
      resourceType: 'Task',
      id: unit.newId(),
      status: 'completed',
      intent: 'order',
      code: { coding: [{ system, code } as Coding] },
      basedOn: [{ reference: `ServiceRequest/${request.id}` }],
      focus: { reference: report },
      ...(root.for ? { for: root.for } : {}),
      authoredOn: unit.now.toISOString(),
      executionPeriod: { end: unit.now.toISOString() },
    } as Stored<Task>,
    BY_HUB,
  );
}

function keyOf({ system, code }: Coding): string {
  return `${system}|${code}`;
}

async function isKept({ tx }: UnitOfWork, requestId: string, reports: readonly string[]): Promise<boolean> {
  const codes = reports.map((each) => `Task.code=${each}`);
  const rows = await tx.query(KEPT_SQL, [[`Task.based-on=ServiceRequest/${requestId}`], codes]);
  return rows.length > 0;
}

export const KEPT_SQL = `
  SELECT 1 FROM resource WHERE type = 'Task' AND NOT deleted AND tokens @> $1::text[] AND tokens && $2::text[] LIMIT 1`;
