import { loadConsentPolicy } from '../../../src/access/consent/policy.ts';
import { loadCodeLists } from '../../../src/access/labels/code-lists.ts';
import type { Labelling } from '../../../src/access/labels/label-rule.ts';
import { weekdaysIn } from '../../../src/calendars/calendar.ts';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { authorWrites } from '../../../src/fhir/integrity/author-writes.ts';
import type { Store } from '../../../src/fhir/store/transact.ts';
import { loadHouseProfiles } from '../../../src/fhir/validate/profiles/known-profiles.ts';
import type { Policies } from '../../../src/loops/policy/policy.ts';
import { type LoopSettings, projectLoops } from '../../../src/loops/projection/store.ts';
import { askClients } from '../../../src/referrals/confirmation/ask.ts';
import { keepMessages } from '../../../src/referrals/conversation/keep-messages.ts';
import { isReceipt } from '../../../src/referrals/conversation/message.ts';
import { orderStatus } from '../../../src/referrals/request/order-status.ts';
import { hasReferralRule, referralRules } from '../../../src/referrals/rules.ts';
import { answerByStatus } from '../../../src/referrals/stops/change/answer.ts';
import { answerEnded } from '../../../src/referrals/stops/stop-rule.ts';
import { tellSenders } from '../../../src/referrals/updates/tell-sender.ts';
import { policiesOfModel } from '../policies.ts';
import { HUB } from '../world.ts';
import { type MemoryDatabase, memoryDatabase } from './memory-database.ts';
import { seed } from './seed.ts';

let house: { readonly labelling: Labelling; readonly policies: readonly [Policies, Policies] } | undefined;

/** What is loaded once for all hubs in memory. */
function loaded(): NonNullable<typeof house> {
  if (house) return house;
  loadDefinitions();
  loadHouseProfiles(undefined);
  house = {
    labelling: { policy: loadConsentPolicy(), labelsOf: loadCodeLists(), hubOrg: HUB },
    policies: policiesOfModel(),
  };
  return house;
}

/** A store of this hub in memory, with the rules of loops. @param now its clock */
export function memoryStore(now: () => Date): MemoryStore {
  const { labelling, policies } = loaded();
  const db = memoryDatabase();
  seed(db.tables());
  let at: 0 | 1 = 0;
  const settings = {
    hubOrg: HUB,
    hubCalendar: weekdaysIn('UTC'),
    get policies(): Policies {
      return policies[at];
    },
  };
  let lastId = 0;
  const store: Store = {
    db,
    now,
    newId: () => {
      lastId += 1;
      return `n${String(lastId).padStart(5, '0')}`;
    },
    self: `Organization/${HUB}`,
    writeRules: [
      authorWrites((before, after) => hasReferralRule(before) || isReceipt(before, after)),
      ...referralRules(settings, labelling),
    ],
    finishRules: [
      answerEnded,
      answerByStatus,
      orderStatus,
      askClients(settings),
      keepMessages(settings),
      tellSenders(settings),
      projectLoops(settings),
    ],
    search: { statistics: undefined as never },
  };
  const otherPolicies = (): void => {
    at = at === 0 ? 1 : 0;
  };
  return { db, store, settings, otherPolicies };
}

export interface MemoryStore {
  readonly db: MemoryDatabase;
  readonly store: Store;
  readonly settings: LoopSettings;
  /** From now on the other policies apply. */
  readonly otherPolicies: () => void;
}
