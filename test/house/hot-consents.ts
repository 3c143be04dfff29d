import { CONSENTS_SQL } from '../../src/access/consent/load-consents.ts';
import { DERIVED_SQL } from '../../src/access/labels/carry-labels.ts';
import { TASK_NOW_SQL } from '../../src/deliveries/may-be-sent.ts';
import { CLIENTS_SQL, LOOPS_SQL, OPEN_SQL } from '../../src/referrals/consent/reconsider.ts';
import { DUE_SQL } from '../../src/referrals/consent/reconsider-due.ts';
import { WAKE_SQL } from '../../src/referrals/consent/tell.ts';
import type { Hot } from './hot-statements.ts';

/** What is asked with each offer and each delivery, and when a consent changes. */
export const HOT_CONSENTS: readonly Hot[] = [
  {
    name: 'the consents of a client',
    text: CONSENTS_SQL,
    values: [['Consent.patient=Patient/pat777']],
    indexes: ['resource_tokens'],
  },
  {
    name: 'what is shared of a client',
    text: OPEN_SQL,
    values: [['pat777']],
    indexes: ['share_client', 'resource_pkey'],
  },
  {
    name: 'whose consents stand behind what is shared of a resource',
    text: CLIENTS_SQL,
    values: [['Task'], ['leg777']],
    indexes: ['share_open'],
  },
  { name: 'the loops of a client', text: LOOPS_SQL, values: [['Patient/pat777']], indexes: ['loop_patient'] },
  { name: 'what must be decided anew', text: DUE_SQL, values: ['2026-02-01'], indexes: ['share_decide'] },
  {
    name: 'deliveries that wait for a consent',
    text: WAKE_SQL,
    values: [['root777'], '2026-02-01'],
    indexes: ['delivery_obtain_consent'],
  },
  {
    name: 'where a Task stands that is to be sent',
    text: TASK_NOW_SQL,
    values: ['leg777', 'org177', 'root777'],
    indexes: ['resource_pkey', 'share_task', 'delivery_loop'],
  },
  {
    name: 'what has at least the labels of a resource',
    text: DERIVED_SQL,
    values: [['Task.focus=ServiceRequest/req777', 'ServiceRequest.based-on=ServiceRequest/req777']],
    indexes: ['resource_tokens'],
  },
];
