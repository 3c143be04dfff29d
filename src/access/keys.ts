import { importJWK, type JSONWebKeySet, type JWK } from 'jose';

/** The algorithms assertions may be signed by. @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html */
export const ALGORITHMS = ['RS384', 'ES384'] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

const MOST_KEYS = 20;
const NOT_PUBLIC =
  'These keys are private or secret ones. Keep them to yourself, take new ones, and give the public half only.';
/** RSA-2048 and more: base64url of 256 octets. */
const SHORTEST_MODULUS = 342;
const LONGEST_MODULUS = 1_366;
/** Verifying takes as long as the exponent is; it is 65537 nearly everywhere. */
const LONGEST_EXPONENT = 8;
/** What only the owner of a key has. @see https://www.rfc-editor.org/rfc/rfc7518#section-6 */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** Whether a key can verify by an algorithm, as far as it says itself. Pure. */
export function fits(key: JWK, algorithm: Algorithm): boolean {
  const isFor =
    (key.use ?? 'sig') === 'sig' &&
    (key.alg ?? algorithm) === algorithm &&
    (!Array.isArray(key.key_ops) || key.key_ops.includes('verify'));
  if (!isFor || PRIVATE.some((name) => Object.hasOwn(key, name))) return false;
  if (algorithm === 'ES384') return key.kty === 'EC' && key.crv === 'P-384';
  const { kty, n, e } = key;
  if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return false;
  return n.length >= SHORTEST_MODULUS && n.length <= LONGEST_MODULUS && e.length <= LONGEST_EXPONENT;
}

/**
 * The key of a set that an assertion names.
 * @returns undefined when the set has none of this name that verifies by this algorithm
 */
export async function keyNamed(
  { keys }: JSONWebKeySet,
  kid: string,
  algorithm: Algorithm,
): Promise<Awaited<ReturnType<typeof importJWK>> | undefined> {
  const key = keys.find((each) => each.kid === kid && fits(each, algorithm));
  return key && importJWK({ ...key }, algorithm).catch(() => undefined);
}

/**
 * What is wrong with keys by whose certificates a program signs in, in a sentence; undefined when they can be used. Pure.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2.2.2
 */
export function certificatesProblem({ keys }: JSONWebKeySet): string | undefined {
  if (keys.length === 0 || keys.length > MOST_KEYS) return `Give 1 to ${MOST_KEYS} keys.`;
  if (keys.some((key) => PRIVATE.some((name) => Object.hasOwn(key, name)))) return NOT_PUBLIC;
  if (keys.every(({ x5c }) => Array.isArray(x5c) && typeof x5c[0] === 'string')) return undefined;
  return 'A program that signs in by a certificate of its own needs it with each key, as x5c. Add them.';
}

/** What is wrong with keys an administrator gives, in a sentence; undefined when they can be used. Pure. */
export function keysProblem({ keys }: JSONWebKeySet): string | undefined {
  if (keys.length === 0 || keys.length > MOST_KEYS) return `Give 1 to ${MOST_KEYS} keys.`;
  if (keys.some((key) => PRIVATE.some((name) => Object.hasOwn(key, name)))) {
    return NOT_PUBLIC;
  }
  const kids = keys.map(({ kid }) => kid);
  if (kids.some((kid) => typeof kid !== 'string' || kid === '') || new Set(kids).size < kids.length) {
    return 'Give each key a kid of its own: assertions name by it the key they are signed with.';
  }
  if (!keys.some((key) => ALGORITHMS.some((algorithm) => fits(key, algorithm)))) {
    return 'None of these keys can verify RS384 (RSA of 2048 bits or more) or ES384 (EC on P-384). Give one that can.';
  }
  return undefined;
}
