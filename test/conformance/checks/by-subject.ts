import type { Subject, Verdict } from '../requirement.ts';
import type { Server } from '../server/server.ts';
import { smartCheck } from '../smart/sentences.ts';
import { isGuarded } from '../smart/using.ts';
import { answersStatus } from '../subscriptions/operations.ts';
import { SUBSCRIPTION_CHECKS } from '../subscriptions/sentences.ts';
import { Unmet } from '../verdict.ts';
import { supportsProfile } from './guide/profiles.ts';
import { NARRATIVE_CHECKS } from './guide/sentences.ts';
import { batches } from './rest/batch.ts';
import { creates } from './rest/create.ts';
import { speaks } from './rest/formats.ts';
import { includes } from './rest/include.ts';
import { resourceListed } from './rest/metadata.ts';
import { reads, readsIfModified } from './rest/read.ts';
import { keepsReferences } from './rest/references.ts';
import { searches, searchesBy } from './rest/search.ts';
import { holdsToVersions, updates } from './rest/update.ts';

const NO_CHECK = 'There is no check for it yet.';

/** Checks one subject. @throws Unmet when the server does not do what is asked */
export async function check(server: Server, subject: Subject): Promise<Verdict> {
  switch (subject.kind) {
    case 'resource':
      return resourceListed(server, subject.type, subject.interactions);
    case 'interaction':
      return interaction(server, subject.type, subject.code);
    case 'system-interaction':
      return subject.code === 'batch' ? batches(server) : none();
    case 'search-parameter':
      return searchesBy(server, subject.type, subject.name);
    case 'include':
      return includes(server, subject.type, subject.include);
    case 'profile':
      return supportsProfile(server, subject.type, subject.profile);
    case 'operation':
      return subject.name === 'status' ? answersStatus(server) : none();
    case 'versioned-update':
      return holdsToVersions(server, subject.type);
    case 'modified-since':
      return readsIfModified(server, subject.type);
    case 'literal-references':
      return keepsReferences(server, subject.type);
    case 'format':
      return speaks(server, subject.format);
    case 'security':
      return isGuarded(server);
    default:
      return sentence(server, subject);
  }
}

function interaction(server: Server, type: string, code: string): Promise<Verdict> | Verdict {
  switch (code) {
    case 'read':
      return reads(server, type);
    case 'create':
      return creates(server, type);
    case 'update':
      return updates(server, type);
    case 'search-type':
      return searches(server, type);
    default:
      return none();
  }
}

function sentence(server: Server, subject: Subject & { kind: 'sentence' }): Promise<Verdict> | Verdict {
  if (subject.list === 'smart') return smartCheck(subject.key, subject.about ?? '')?.(server) ?? none();
  const checks = subject.list === 'subscriptions' ? SUBSCRIPTION_CHECKS : NARRATIVE_CHECKS;
  const found = Object.hasOwn(checks, subject.key) ? checks[subject.key] : undefined;
  return found ? found(server) : none();
}

function none(): never {
  throw new Unmet(NO_CHECK);
}
