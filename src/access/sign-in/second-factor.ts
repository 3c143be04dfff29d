import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { Belonging } from '../../secrets/seal.ts';
import { keepSecret, readSecret, removeSecret } from '../../secrets/store.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { type Person, personById } from '../people/person.ts';

const ISSUER = 'Careloop';
const PERIOD_S = 30;
/** Steps before and after that a code is good too: clocks differ. */
const WINDOW = 1;
/** RFC 4226 wants 128 bits and recommends 160. */
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;

/** What an authenticator program is told, as text and as the address in a QR code. */
export interface Offered {
  readonly secret: string;
  readonly uri: string;
}

/**
 * Offers a second factor. It counts when a code of it was said (`confirmSecondFactor`).
 * @throws AppError (409) when there is one already; (422) when the hub has no key to seal its secret with
 * @see https://www.rfc-editor.org/rfc/rfc6238
 */
export async function offerSecondFactor(deps: PeopleDeps, person: Pick<Person, 'id' | 'email'>): Promise<Offered> {
  if ((await personById(deps.db, person.id))?.credentials.secondFactor) throw thereAlready();
  const secret = new Secret({ buffer: new Uint8Array(randomBytes(SECRET_BYTES)).buffer });
  await keepSecret(deps.db, deps.secretKeys, offeredTo(person.id), secret.base32);
  return { secret: secret.base32, uri: generator(secret.base32, person.email).toString() };
}

/**
 * Takes the offered second factor into use.
 * @returns the recovery codes: told once
 * @throws AppError (409) when there is one already; (422) when none was offered, or the code is not of it
 */
export async function confirmSecondFactor(
  deps: PeopleDeps,
  caller: Caller,
  personId: string,
  code: string,
): Promise<string[]> {
  return deps.db.transaction(async (tx) => {
    const now = deps.now();
    const person = await personById(tx, personId, 'FOR UPDATE');
    if (person?.credentials.secondFactor) throw thereAlready();
    const offered = await readSecret(tx, deps.secretKeys, offeredTo(personId));
    const step = offered === undefined ? undefined : stepOf(offered, code, now);
    if (offered === undefined || step === undefined) {
      const text =
        'This is not a code of the second factor that was just offered. Check the time of your device, and say the code it shows now.';
      throw new AppError('unprocessable', 'people.second-factor', text, { issues: [{ text, expression: 'code' }] });
    }
    await keepSecret(tx, deps.secretKeys, secretOf(personId), offered);
    await removeSecret(tx, offeredTo(personId));
    await tx.query('UPDATE person SET second_factor = true, second_factor_step = $2 WHERE id = $1', [personId, step]);
    const codes = await newRecoveryCodes(tx, personId);
    await recordIn(tx, caller, now, [{ action: 'U', interaction: 'second-factor-on', about_person: personId }]);
    return codes;
  });
}

/** A browser that somebody left open does not put another in its place: giving it up needs the password. */
function thereAlready(): AppError {
  const text = 'You have a second factor already. Give it up first, with your password; then add another.';
  return new AppError('conflict', 'people.second-factor-there', text);
}

/** Takes a second factor away, with its recovery codes. */
export async function removeSecondFactor(tx: Sql, caller: Caller, personId: string, now: Date): Promise<void> {
  await tx.query('UPDATE person SET second_factor = false, second_factor_step = NULL WHERE id = $1', [personId]);
  for (const each of [secretOf(personId), offeredTo(personId)]) await removeSecret(tx, each);
  await tx.query('DELETE FROM recovery_code WHERE person_id = $1', [personId]);
  await recordIn(tx, caller, now, [{ action: 'U', interaction: 'second-factor-off', about_person: personId }]);
}

/** Whether a code is one of the person's second factor, or a recovery code. It is used up by that: none is good twice. */
export async function provesSecondFactor(tx: Sql, deps: PeopleDeps, person: Person, code: string): Promise<boolean> {
  const secret = await readSecret(tx, deps.secretKeys, secretOf(person.id));
  const step = secret === undefined ? undefined : stepOf(secret, code, deps.now());
  if (step === undefined) return takeRecoveryCode(tx, person.id, code);
  const used = await tx.query(
    `UPDATE person SET second_factor_step = $2 WHERE id = $1 AND second_factor AND coalesce(second_factor_step, 0) < $2
     RETURNING id`,
    [person.id, step],
  );
  return used.length > 0;
}

/** The step of time a code belongs to; undefined when it is none of now. */
function stepOf(secret: string, code: string, now: Date): number | undefined {
  const token = code.replaceAll(' ', '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const timestamp = now.getTime();
  const delta = generator(secret).validate({ token, timestamp, window: WINDOW });
  return delta === null ? undefined : Math.floor(timestamp / 1_000 / PERIOD_S) + delta;
}

function generator(secret: string, label = ''): TOTP {
  return new TOTP({ issuer: ISSUER, label, algorithm: 'SHA1', digits: 6, period: PERIOD_S, secret });
}

/** What a sealed secret is, and whose. */
function secretOf(personId: string): Belonging {
  return { kind: 'second-factor', owner: `person/${personId}` };
}

/** One that was offered, and not confirmed yet. */
function offeredTo(personId: string): Belonging {
  return { kind: 'second-factor-offered', owner: `person/${personId}` };
}

async function newRecoveryCodes(tx: Sql, personId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_BYTES)).buffer }).base32.replace(/(.{4})(?=.)/g, '$1-'),
  );
  await tx.query('DELETE FROM recovery_code WHERE person_id = $1', [personId]);
  await tx.query('INSERT INTO recovery_code (person_id, digest) SELECT $1, unnest($2::bytea[])', [
    personId,
    codes.map(recoveryDigest),
  ]);
  return codes;
}

async function takeRecoveryCode(tx: Sql, personId: string, code: string): Promise<boolean> {
  const used = await tx.query('DELETE FROM recovery_code WHERE person_id = $1 AND digest = $2 RETURNING 1', [
    personId,
    recoveryDigest(code),
  ]);
  return used.length > 0;
}

function recoveryDigest(code: string): Buffer {
  return createHash('sha256')
    .update(code.toUpperCase().replaceAll(/[^A-Z2-7]/g, ''))
    .digest();
}
