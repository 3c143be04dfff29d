import type { Database } from '../../db/database.ts';
import type { RefusalRecorder } from '../../fhir/audit/record/refusals.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import type { SessionSettings } from '../sessions/session.ts';
import type { PasswordHasher } from '../sign-in/password-hash.ts';

/** What the stories about people need. */
export interface PeopleDeps {
  readonly db: Database;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly hubOrg: string;
  readonly sessions: SessionSettings;
  readonly passwords: PasswordHasher;
  /** What the secrets of second factors are sealed with. */
  readonly secretKeys: SecretKeys;
  /** Whether the hub sends e-mail. */
  readonly mails: boolean;
  /** Keeps in the audit who was refused a session. */
  readonly noteRefusal: RefusalRecorder;
}
