import type { Endpoint } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { WriteRule } from '../../fhir/store/transact.ts';
import { mailboxIn } from '../../outbound/mailto.ts';

/** An Endpoint that is a mailbox is one alone: nobody would be mailed at another, or others would be as well. */
export const plainMailboxes: WriteRule = {
  types: ['Endpoint'],
  check: async ({ after }) => {
    const { address } = after as Partial<Endpoint>;
    if (!address?.toLowerCase().startsWith('mailto:') || mailboxIn(address)) return after;
    const text =
      'An Endpoint is one mailbox, and its address says nothing else. Write it as mailto:desk@agency.example.';
    throw new AppError('unprocessable', 'mailbox.address', text, {
      issues: [{ text, expression: 'Endpoint.address' }],
    });
  },
};
