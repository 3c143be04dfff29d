import { TRY_SQL } from '../../src/access/mailbox/code.ts';
import { LINK_SQL, openSql, visitorAt } from '../../src/access/mailbox/link.ts';
import { MAILBOXES_SQL } from '../../src/access/mailbox/mailbox.ts';
import { READ_VISIT_SQL } from '../../src/access/mailbox/visit.ts';
import { visibleTo } from '../../src/fhir/caller.ts';
import { seenSql } from '../../src/referrals/mailbox/files/attached.ts';
import type { Hot } from './hot-statements.ts';

const DIGEST = `\\x${'00'.repeat(32)}`;

const VISITOR = visitorAt({ organizationId: 'org1', taskId: 'leg770', loopId: 'root770' });

/** What is asked with each request of who came by a mailbox. */
export const HOT_MAILBOXES: readonly Hot[] = [
  {
    name: 'who comes by a mailbox',
    text: READ_VISIT_SQL,
    values: [DIGEST, '2026-03-20T00:00:00Z', '2026-03-19T00:00:00Z'],
    indexes: ['mailbox_visit_digest_key'],
  },
  { name: 'what a link opens', text: LINK_SQL, values: [DIGEST], indexes: ['mailbox_link_pkey'] },
  {
    name: 'whether what a link opens goes on',
    text: openSql(visibleTo(VISITOR, 'task')),
    values: ['leg770', '2026-03-20T00:00:00Z', 'root770', 'org1'],
    indexes: ['resource_pkey'],
  },
  {
    name: 'which files a visitor is shown',
    text: seenSql(visibleTo(VISITOR)),
    values: [
      ['Binary', 'DocumentReference'],
      ['p1', 'p2'],
    ],
    indexes: ['resource_pkey'],
  },
  {
    name: 'the mailboxes of an organization',
    text: MAILBOXES_SQL,
    values: [['Endpoint.organization=Organization/org1']],
    indexes: ['resource_tokens'],
  },
  {
    name: 'a code that is tried',
    text: TRY_SQL,
    values: ['leg770', 'org1', '2026-03-20T00:00:00Z'],
    indexes: ['mailbox_code_task', 'mailbox_code_pkey'],
  },
];
