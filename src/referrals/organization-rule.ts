import type { Organization } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import type { WriteRule } from '../fhir/store/transact.ts';

/**
 * An organization that has open referrals stays: nobody would do what it is asked, or hear how what it asked has ended.
 * @see https://hl7.org/fhir/R4/organization-definitions.html#Organization.active
 */
export function organizationRule(): WriteRule {
  return {
    types: ['Organization'],
    settle: async ({ before, after }, unit) => {
      const [was, is] = [before, after] as (Organization | undefined)[];
      if (!was || was.active === false || is?.active !== false) return;
      const [open] = await unit.tx.query(OPEN_SQL, [was.id]);
      if (!open) return;
      const text = `It has open referrals (GET /api/loops?state=open&receiver=${was.id}, and sender=${was.id}): have others asked, or close them, and say then that it is not active any more.`;
      throw new AppError('conflict', 'directory.in-use', text, {
        issues: [{ text, expression: 'Organization.active' }],
        subject: { type: 'Organization', id: was.id ?? '' },
      });
    },
  };
}

const OPEN_SQL = `SELECT id FROM loop WHERE state = 'open' AND parties @> ARRAY[$1::text] LIMIT 1`;
