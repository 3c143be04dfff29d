import type { Database } from '../../db/database.ts';
import type { SessionSettings } from '../sessions/session.ts';
import type { PasswordHasher } from '../sign-in/password-hash.ts';

/** Keeps a text so that who has the database alone cannot read it. `context` says what it is and whose: elsewhere it does not open. */
export interface Seal {
  readonly seal: (text: string, context: string) => string;
  readonly open: (sealed: string, context: string) => string;
}

/** What the stories about people need. */
export interface PeopleDeps {
  readonly db: Database;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly hubOrg: string;
  readonly sessions: SessionSettings;
  readonly passwords: PasswordHasher;
  readonly seal: Seal;
}
