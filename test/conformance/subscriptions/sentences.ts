import { readsBack, supportsProfile } from '../checks/guide/profiles.ts';
import { creates } from '../checks/rest/create.ts';
import { resourceListed } from '../checks/rest/metadata.ts';
import { reads } from '../checks/rest/read.ts';
import type { Verdict } from '../requirement.ts';
import type { Server } from '../server/server.ts';
import { pass } from '../verdict.ts';
import { refuses, refusesWithoutCriteria } from './accepting.ts';
import * as announcing from './announcing.ts';
import * as living from './living.ts';
import * as notifying from './notifying.ts';
import * as operations from './operations.ts';

type Check = (server: Server) => Promise<Verdict>;

const unknownTopic = refuses('a topic that is not offered', { topic: 'https://conformance.example/no-topic' });
const unknownFilter = refuses('a filter that is not offered', { filters: ['Task?conformance-nonsense=1'] });
const unknownChannel = refuses('a channel that is not known', { channel: 'pigeon' });
const customChannel = refuses('a channel of its own that is not offered', { customChannel: 'pigeon' });
const badEndpoint = refuses('an endpoint that is no address', { endpoint: 'not an address' });
const unknownContent = refuses('a content that is not known', { content: 'everything' });
const unknownPayload = refuses('a payload that is no FHIR', { payload: 'application/conformance-nonsense' });
const otherVersion = refuses('a FHIR version that is not offered', {
  payload: 'application/fhir+json; fhirVersion=1.0',
});
const openEndpoint = refuses('an endpoint elsewhere that is not encrypted', {
  endpoint: 'http://conformance.example/',
});

const PROFILE = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription';
const profile: Check = (server) => supportsProfile(server, 'Subscription', PROFILE);
const mandatory: Check = (server) => readsBack(server, 'Subscription', PROFILE);
const read: Check = (server) => reads(server, 'Subscription');
const create: Check = (server) => creates(server, 'Subscription');
const byUrl: Check = (server) => living.searchesSubscriptions(server, 'url');
const byStatus: Check = (server) => living.searchesSubscriptions(server, 'status');

const wholeStatement: Check = async (server) => {
  for (const check of [read, create, byUrl, operations.answersStatus]) await check(server);
  return pass('Read, create, search by url and $status are served as the statement of the guide asks.');
};

/** What each numbered sentence of the test kit means for a server, as a check. */
export const SUBSCRIPTION_CHECKS: Readonly<Record<string, Check>> = {
  7: notifying.isTold,
  8: unknownTopic,
  9: unknownFilter,
  10: unknownChannel,
  11: badEndpoint,
  12: unknownContent,
  13: unknownPayload,
  14: notifying.beginsWithStatus,
  15: notifying.namesRequests,
  16: living.failureIsError,
  20: notifying.becomesActive,
  21: living.failedHandshakeIsError,
  25: notifying.isPosted,
  26: notifying.hasPayloadType,
  27: notifying.carriesHeaders,
  28: notifying.beginsWithStatus,
  29: notifying.startsAsRequested,
  30: notifying.becomesActive,
  31: living.failedHandshakeIsError,
  32: openEndpoint,
  35: notifying.idOnlyHasNoResources,
  36: unknownContent,
  38: notifying.emptyTellsNothing,
  39: notifying.emptyHasOneEntry,
  40: notifying.idOnlyHasFocus,
  42: notifying.idOnlyHasAddresses,
  43: notifying.fullHasFocus,
  44: notifying.fullHasResources,
  45: notifying.fullEntriesAreFull,
  47: operations.answersStatus,
  48: announcing.listsTopics,
  49: notifying.isPosted,
  50: notifying.isPosted,
  51: notifying.isTold,
  52: wholeStatement,
  53: notifying.isTold,
  54: notifying.isPosted,
  57: announcing.instantiates,
  58: announcing.listsProfile,
  59: customChannel,
  60: customChannel,
  63: unknownFilter,
  65: notifying.followsContent,
  66: unknownContent,
  67: notifying.followsContent,
  69: notifying.statusIsWhole,
  70: notifying.beginsWithStatus,
  72: refusesWithoutCriteria,
  73: refusesWithoutCriteria,
  74: notifying.isTold,
  75: unknownTopic,
  77: living.failureGoesOnCounting,
  78: living.failureIsError,
  79: living.failureAnswersStatus,
  90: otherVersion,
  93: living.sendsHeartbeats,
  94: living.noHeartbeatUnasked,
  95: living.allFiltersHold,
  97: living.keepsTimeout,
  98: living.keepsMaxCount,
  99: notifying.emptyHasNoTopic,
  101: notifying.fullHasTopic,
  102: notifying.countsEvents,
  103: notifying.numbersEvents,
  106: operations.instanceIgnores('id', 'nobody'),
  107: operations.idsAreAlternatives,
  108: operations.noIdIsAll,
  109: operations.instanceIgnores('status', 'off'),
  110: operations.statusesAreAlternatives,
  111: operations.noIdIsAll,
  112: operations.statusIsSearchset,
  114: (server) => resourceListed(server, 'Subscription', ['read']),
  115: operations.answersEvents,
  118: operations.boundsEvents('eventsSinceNumber'),
  119: operations.boundsEvents('eventsUntilNumber'),
  120: profile,
  121: operations.answersStatus,
  124: read,
  125: create,
  126: living.changesSubscriptions,
  127: living.deletesSubscriptions,
  129: byUrl,
  130: byStatus,
  133: create,
  134: read,
  135: living.appliesFilters,
  136: living.appliesFilters,
  137: mandatory,
  138: notifying.beginsWithStatus,
  139: notifying.statusIsWhole,
};
