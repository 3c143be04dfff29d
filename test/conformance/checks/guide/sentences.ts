import type { Because, Verdict } from '../../requirement.ts';
import type { Server } from '../../server/server.ts';
import { isGuarded } from '../../smart/using.ts';
import { evidenceOf } from '../../subscriptions/evidence.ts';
import { takesEmail } from '../../subscriptions/living.ts';
import { notApplicable, pass } from '../../verdict.ts';
import { batches } from '../rest/batch.ts';
import { speaks } from '../rest/formats.ts';
import { searchesBy } from '../rest/search.ts';
import * as content from './content.ts';
import { encrypted } from './encrypted.ts';
import { extractsWithOrigin } from './extract.ts';
import { asksByRequested, passesReferralsOn } from './referral.ts';

type Check = (server: Server) => Promise<Verdict>;

function not(because: Because, reason: string): Check {
  return async () => notApplicable(because, reason);
}

const valueSets = not(
  'not published here',
  'The codes stand in value sets of another publisher (VSAC), which are not beside this checkout.',
);
const recorder = not('about a client', 'It is about what the person or system records that sends the data.');
const polling = not('about a client', 'It is about how often a client asks.');
const law = not('about an organization', 'It is about the law and the policies of whoever runs the server.');
const consent = not(
  'not observable',
  'Which consent and which law hold for whom is not known to this command, and what was kept back is not seen by it.',
);
const sms = not('not offered', 'It is about SMS, which a server may offer and this command does not look for.');

const bothFormats: Check = async (server) => {
  await speaks(server, 'json');
  return speaks(server, 'xml');
};

const bothChannels: Check = async (server) => {
  await evidenceOf(server, 'id-only');
  await takesEmail(server);
  return pass('Subscriptions by rest-hook and by e-mail were accepted.');
};

const idOnly: Check = async (server) => {
  await evidenceOf(server, 'id-only');
  return pass('An id-only subscription was accepted and notified.');
};

/** What each numbered sentence of SDOH Clinical Care means for a server. */
export const NARRATIVE_CHECKS: Readonly<Record<string, Check>> = {
  'assess-1': content.needsTwoCategories,
  'assess-2': extractsWithOrigin,
  'cap-1': content.needsCapacity,
  'char-1': recorder,
  'char-2': recorder,
  'cond-1': valueSets,
  'cond-2': valueSets,
  'cond-3': content.needsCategory,
  'cond-4': recorder,
  'cond-5': valueSets,
  'conf-1': content.keepsExamples,
  'conf-2': not('about a client', 'It is about what a person can enter at the system that sends.'),
  'conf-3': content.keepsExamples,
  'conf-4': content.addsNothing,
  'conf-5': content.needsElements,
  'conf-6': content.keepsExamples,
  'conf-7': content.keepsExamples,
  'conf-8': not(
    'not observable',
    'What a system understands by an element that is not there is not seen from outside.',
  ),
  'conf-9': content.keepsAbsence,
  'conn-1': not('not observable', 'It introduces processes that other requirements ask for one by one.'),
  'goal-1': valueSets,
  'goal-2': valueSets,
  'obsscreen-1': valueSets,
  'obsscreen-2': valueSets,
  'obsscreen-3': recorder,
  'priv-1': law,
  'priv-2': law,
  'priv-3': law,
  'priv-4': consent,
  'priv-5': consent,
  'priv-6': isGuarded,
  'priv-8': encrypted,
  'priv-10': consent,
  'proc-1': valueSets,
  'proc-2': valueSets,
  'refer-1': passesReferralsOn,
  'refer-3': (server) => searchesBy(server, 'Task', '_lastUpdated'),
  'refer-4': batches,
  'refer-5': asksByRequested,
  'refer-6': not('about a client', 'It is about what a referral target reports.'),
  'refer-9': not('about a client', 'It is about what a community organization adds when it reports.'),
  'serv-1': valueSets,
  'serv-2': valueSets,
  'serv-3': recorder,
  'task-2': bothChannels,
  'task-4': not('about a client', 'It is about the platform as the subscriber of other servers.'),
  'task-5': bothFormats,
  'task-6': idOnly,
  'task-8': sms,
  'task-9': sms,
  'task-10': sms,
  'task-11': polling,
  'task-12': polling,
};
