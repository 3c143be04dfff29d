import type { TimelineKind } from '../api.ts';
import { appointments } from './appointments.ts';
import { confirmations } from './confirmations.ts';
import { consents } from './consents.ts';
import { deliveries } from './deliveries.ts';
import { escalations } from './escalations.ts';
import { findings } from './findings.ts';
import { messages } from './messages.ts';
import { notes } from './notes.ts';
import { policies } from './policies.ts';
import { shares } from './shares.ts';
import { signOffs } from './sign-offs.ts';
import type { Source } from './source.ts';
import { statuses } from './statuses.ts';

/** Where each kind of entry comes from. */
export const SOURCES: Readonly<Record<TimelineKind, Source>> = {
  status: statuses,
  policy: policies,
  escalation: escalations,
  delivery: deliveries,
  finding: findings,
  confirmation: confirmations,
  message: messages,
  note: notes,
  appointment: appointments,
  share: shares,
  consent: consents,
  'sign-off': signOffs,
};
