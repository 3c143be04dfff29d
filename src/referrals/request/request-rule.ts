import { isDeepStrictEqual } from 'node:util';
import type { ServiceRequest } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { WriteRule } from '../../fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../../loops/projection/store.ts';
import type { ReferralDeps } from '../task-changes.ts';
import { followRequest } from './follow-request.ts';

/**
 * What its sender changes on a request reaches its loop, whatever it is; that it is about somebody else, or of somebody
 * else, is another request.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/referral_workflow.html
 */
export function requestRule(deps: ReferralDeps): WriteRule {
  return {
    types: ['ServiceRequest'],
    check: async ({ before, after }, unit) => {
      const [was, is] = [before, after] as [Stored<ServiceRequest> | undefined, Stored<ServiceRequest>];
      const changed = was ? IDENTITY.filter((name) => isOther(name, was, is)) : [];
      if (changed.length > 0 && (await loopsOf(unit, is.id)).length > 0) throw otherRequest(is.id, changed);
      return is;
    },
    settle: async ({ before, after }, unit) => {
      const [was, is] = [before, after] as (Stored<ServiceRequest> | undefined)[];
      if (!was || !is) return;
      for (const loopId of await loopsOf(unit, is.id)) {
        await lockLoop(unit, loopId);
        unit.mark(LOOP_MARK, loopId);
        await followRequest(unit, deps, loopId, was, is);
      }
    },
  };
}

/** What makes a request this request. */
const IDENTITY = ['subject', 'requester', 'intent'] as const;

/** Who was named by no record may be named by one. */
function isOther(name: (typeof IDENTITY)[number], was: ServiceRequest, is: ServiceRequest): boolean {
  if (name === 'intent') return was.intent !== is.intent;
  const [before, after] = [was[name], is[name]];
  if (before?.reference !== undefined) return before.reference !== after?.reference;
  return name === 'requester' && before !== undefined && !isDeepStrictEqual({ ...before }, { ...after });
}

/** The loops that ask for a request. */
async function loopsOf({ tx }: UnitOfWork, requestId: string): Promise<string[]> {
  const loops = await tx.query<{ id: string }>(LOOPS_SQL, [[`Task.focus=ServiceRequest/${requestId}`]]);
  return loops.map(({ id }) => id);
}

const LOOPS_SQL = `
  SELECT loop.id FROM resource task JOIN loop ON loop.id = task.id
  WHERE task.type = 'Task' AND NOT task.deleted AND task.tokens @> $1::text[] ORDER BY loop.id`;

function otherRequest(id: string, changed: readonly string[]): AppError {
  const text =
    'A referral asks for this: for whom, of whom and as what stays as it is. Cancel the referral and send a new one.';
  return new AppError('unprocessable', 'referral.other-request', text, {
    issues: changed.map((name) => ({ text, expression: `ServiceRequest.${name}` })),
    subject: { type: 'ServiceRequest', id },
  });
}
