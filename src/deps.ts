import { type ConsentPolicy, loadConsentPolicy } from './access/consent/policy.ts';
import { shownToOthers } from './access/consent/shown.ts';
import { carryLabels } from './access/labels/carry-labels.ts';
import { loadCodeLists } from './access/labels/code-lists.ts';
import { type Labelling, labelRule } from './access/labels/label-rule.ts';
import { labelOperations } from './access/labels/relabel/operations.ts';
import { plainMailboxes } from './access/mailbox/plain-mailboxes.ts';
import { signAssertion } from './access/own-keys/own-keys.ts';
import type { PeopleDeps } from './access/people/deps.ts';
import { type OpenId, openOpenId } from './access/providers/openid.ts';
import { rememberTokens, type TokenMemory } from './access/remembered-tokens.ts';
import { markDemoStore } from './access/sign-in/demo-links.ts';
import { type PublishedKeys, publishedKeys } from './access/tokens/published-keys.ts';
import { weekdaysIn } from './calendars/calendar.ts';
import { providerCaller } from './channels/call-provider.ts';
import { keysFetcher } from './channels/fetch-keys.ts';
import { partnerTokens } from './channels/presenting/partner-tokens.ts';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import { openEmbedded } from './db/embedded.ts';
import { migrate } from './db/migrate.ts';
import { orderedId } from './db/ordered-id.ts';
import { openPool } from './db/pool.ts';
import { mailHubOfMessage } from './deadlines/mail.ts';
import type { DeliverDeps } from './deliveries/deliver-deps.ts';
import { credentialsGo } from './directory/credentials/set-credential.ts';
import { ensureHubOrganization, HUB_ORGANIZATION } from './directory/hub-organization.ts';
import { ownEntries } from './directory/own-entries.ts';
import { openRecorder, type Recorder } from './fhir/audit/record/new-entry.ts';
import { openRefusals } from './fhir/audit/record/refusals.ts';
import { loadDefinitions } from './fhir/definitions.ts';
import { openPathRunner } from './fhir/expressions/path-runner.ts';
import { authorWrites } from './fhir/integrity/author-writes.ts';
import { deletionKeepsReferences } from './fhir/integrity/deletion.ts';
import { ownReferences } from './fhir/integrity/own-references.ts';
import { provenanceOfPartners } from './fhir/integrity/partner-provenance.ts';
import { referencesResolve } from './fhir/integrity/references-resolve.ts';
import { wholeWrites } from './fhir/integrity/whole-writes.ts';
import type { ExportDeps } from './fhir/operations/export/run-export.ts';
import { offeredOperations } from './fhir/operations/offered.ts';
import type { Operation } from './fhir/operations/operation.ts';
import { subscriptionOperations } from './fhir/operations/subscriptions/index.ts';
import { openReads, type ReadStanding } from './fhir/rest/interactions/read-standing.ts';
import { sealStoredHeaders } from './fhir/sealed-headers/seal-stored.ts';
import { sealHeaders } from './fhir/sealed-headers/write-rule.ts';
import { keepStatistics } from './fhir/search/statistics.ts';
import type { Store } from './fhir/store/transact.ts';
import { recordEvents } from './fhir/subscriptions/events/record.ts';
import { subscriptionRule } from './fhir/subscriptions/write-rule.ts';
import { expandedCodes, publishedCodeSystem } from './fhir/terminology/expansion.ts';
import { loadHouseProfiles } from './fhir/validate/profiles/known-profiles.ts';
import { sayInOurWords } from './input-words.ts';
import { createLog, type Log } from './log.ts';
import { type LoopSettings, projectLoops } from './loops/projection/store.ts';
import { keepConsultantReports } from './measures/cms50/consultant-report.ts';
import { measuresWith } from './measures/definitions.ts';
import { loadWindows } from './measures/discharges/windows.ts';
import type { Measure } from './measures/measure.ts';
import { openOutbound } from './outbound/outbound.ts';
import type { OutboundPolicy } from './outbound/policy.ts';
import { reportToPlans } from './plans/report-outcome.ts';
import { keepQuestionnaires } from './policies/keep-questionnaires.ts';
import { loadPolicies } from './policies/load.ts';
import { askClients } from './referrals/confirmation/ask.ts';
import { decideShares } from './referrals/consent/decide-shares.ts';
import { keepMessages } from './referrals/conversation/keep-messages.ts';
import { isReceipt } from './referrals/conversation/message.ts';
import { orderStatus } from './referrals/request/order-status.ts';
import { hasReferralRule, isOfReferral, referralRules } from './referrals/rules.ts';
import { shareLoops } from './referrals/sharing/share-loops.ts';
import { trimAnew } from './referrals/sharing/trim-clients.ts';
import { answerByStatus } from './referrals/stops/change/answer.ts';
import { answerEnded } from './referrals/stops/stop-rule.ts';
import { completeApart } from './referrals/updates/set-apart.ts';
import { tellSenders } from './referrals/updates/tell-sender.ts';
import { unnamedOutcomes } from './referrals/updates/unnamed-outcomes.ts';
import { lacksKey } from './secrets/rotate.ts';
import {
  type Addresses,
  addressOf,
  deliverySettings,
  isLoopback,
  type Mailboxes,
  outboundPolicyOf,
  peopleSettings,
  secretKeysOf,
  subscriptionSettings,
} from './settings.ts';

/** Everything the stories need, made once per process. */
export interface Deps extends LoopSettings, PeopleDeps, Addresses, Mailboxes {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly delivering: DeliverDeps;
  readonly exporting: ExportDeps;
  /** What the FHIR API offers beside reading and writing. */
  readonly operations: readonly Operation[];
  /** Keeps in the audit what is read and refused. */
  readonly record: Recorder;
  readonly readStanding: ReadStanding;
  /** Only this machine can reach the hub. */
  readonly onLoopback: boolean;
  readonly tokens: TokenMemory;
  /** The keys that programs publish. */
  readonly keysAt: PublishedKeys;
  /** Speaks with the identity providers of organizations. */
  readonly openId: OpenId;
  /** Everything that this hub measures. */
  readonly measures: readonly Measure[];
  /** What may be disclosed on which basis. */
  readonly consentPolicy: ConsentPolicy;
  readonly labelling: Labelling;
  /** Where the hub calls others. */
  readonly outboundPolicy: OutboundPolicy;
  readonly close: () => Promise<void>;
}

/** What tests replace: the clock. */
export interface Overrides {
  readonly now?: () => Date;
}

function openStore({ DATABASE_URL, DATA_DIR, STATEMENT_TIMEOUT_MS }: Config): Promise<Database> {
  return DATABASE_URL ? openPool(DATABASE_URL, undefined, STATEMENT_TIMEOUT_MS) : openEmbedded(DATA_DIR);
}

const KEY_MISSING =
  'a key of secrets is missing: give it back to SECRETS_KEYS, behind the others; careloop secrets check says which secrets wait for it';

/** Opens the database, brings it up to date, and puts the house together: the only composition root. */
export async function openDeps(config: Config, overrides: Overrides = {}): Promise<Deps> {
  // What is loaded here says what is wrong with it.
  sayInOurWords();
  const log = createLog(config);
  const now = overrides.now ?? (() => new Date());
  const newId = (): string => orderedId(now());
  loadDefinitions();
  loadHouseProfiles(config.PROFILES_DIR);
  const hubCalendar = weekdaysIn(config.HUB_TIME_ZONE);
  const settings: LoopSettings = {
    hubOrg: HUB_ORGANIZATION,
    policies: loadPolicies(config.POLICIES_DIR, hubCalendar),
    hubCalendar,
  };
  const measures = measuresWith(loadWindows(config.MEASURES_DIR));
  const db = await openStore(config);
  await migrate(db);
  const secretKeys = secretKeysOf(config);
  await sealStoredHeaders(db, secretKeys);
  if (await lacksKey(db, secretKeys)) log.error({ code: 'secrets.not-opened' }, KEY_MISSING);
  if (config.DEMO_STORE) await markDemoStore(db);
  const consentPolicy = loadConsentPolicy(config.CONSENT_POLICY);
  const labelling: Labelling = { policy: consentPolicy, labelsOf: loadCodeLists(), hubOrg: HUB_ORGANIZATION };
  const outboundPolicy = outboundPolicyOf(config);
  const subscriptions = subscriptionSettings(config, outboundPolicy);
  const store: Store = {
    db,
    now,
    newId,
    self: `Organization/${HUB_ORGANIZATION}`,
    writeRules: [
      authorWrites((before, after) => hasReferralRule(before) || isReceipt(before, after)),
      ownReferences(addressOf(config)),
      ownEntries,
      plainMailboxes,
      ...referralRules(settings, labelling),
      // What a rule above has made of it counts.
      wholeWrites,
      labelRule(labelling),
      subscriptionRule(subscriptions),
      sealHeaders(secretKeys),
      credentialsGo,
      referencesResolve(
        { servers: config.REFERENCES, bases: config.REFERENCE_BASES?.split(',') ?? [] },
        addressOf(config),
      ),
      deletionKeepsReferences,
    ],
    // Events last: what the others write happens too.
    finishRules: [
      answerEnded,
      answerByStatus,
      orderStatus,
      askClients(settings),
      reportToPlans(settings),
      keepConsultantReports,
      provenanceOfPartners(isOfReferral),
      completeApart,
      keepMessages(settings, config.SMTP_URL ? mailHubOfMessage : undefined),
      carryLabels(consentPolicy),
      unnamedOutcomes,
      tellSenders(settings),
      shareLoops(settings),
      decideShares(consentPolicy),
      projectLoops(settings),
      trimAnew(settings),
      recordEvents(subscriptions),
    ],
    shownOf: shownToOthers(consentPolicy),
    search: { statistics: keepStatistics(db, now), codesIn: expandedCodes, codeSystem: publishedCodeSystem },
  };
  await ensureHubOrganization(store);
  await keepQuestionnaires(store, settings.policies);
  const paths = openPathRunner();
  const outbound = openOutbound(outboundPolicy);
  const tokens = partnerTokens({
    outbound,
    now,
    sign: (clientId, tokenUrl) => signAssertion({ db, secretKeys, now }, clientId, tokenUrl),
  });
  const delivering = {
    ...deliverySettings(config),
    store,
    hubOrg: settings.hubOrg,
    hubBase: subscriptions.hubBase,
    subscriptions,
    chance: Math.random,
    outbound,
    consentPolicy,
    secretKeys,
    partnerTokens: tokens,
  };
  // The embedded store loses what it has not flushed when its process dies.
  const flushes = config.AUDIT_READS_FLUSHED || db.kind === 'embedded';
  const record = openRecorder(db, now, flushes);
  return {
    ...settings,
    config,
    log,
    db,
    store,
    record,
    readStanding: openReads(db, now, flushes),
    now,
    newId,
    delivering,
    exporting: { store, keepMs: config.EXPORT_HOURS * 3_600_000 },
    operations: [
      ...offeredOperations(store, { exportsAtOnce: config.EXPORT_CONCURRENCY, paths, record }),
      ...subscriptionOperations(store, subscriptions),
      ...labelOperations(store, labelling),
    ],
    noteRefusal: openRefusals(db, now),
    ...peopleSettings(config),
    onLoopback: isLoopback(config.HOST),
    tokens: rememberTokens(db),
    keysAt: publishedKeys(keysFetcher(outbound)),
    openId: openOpenId(providerCaller(outbound), now),
    outboundPolicy,
    secretKeys,
    consentPolicy,
    measures,
    labelling,
    close: async () => {
      await outbound.close();
      await paths.close();
      await db.close();
    },
  };
}
