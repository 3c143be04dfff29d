import { AppError } from '../../errors.ts';

const SHORTEST = 12;
const LONGEST_BYTES = 1_000;

/**
 * What is wrong with a password somebody chooses, in a sentence; undefined when it is good. Length is what counts: no
 * kinds of characters are asked for. Pure.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
 */
export function passwordProblem(
  password: string,
  { name, email }: { readonly name: string; readonly email: string },
): string | undefined {
  if ([...password].length < SHORTEST)
    return `Choose a password of ${SHORTEST} characters or more: some words, for example.`;
  if (Buffer.byteLength(password) > LONGEST_BYTES) return `Choose a password of ${LONGEST_BYTES} bytes at most.`;
  const [said, own] = [folded(password), [name, email, email.split('@')[0] ?? ''].map(folded)];
  if (own.includes(said)) return 'Choose a password that is not your name or your e-mail address.';
  if (new Set(said).size < 4) return 'Choose a password of more than three different characters.';
  return undefined;
}

/** @throws AppError (422) that says what is wrong with it */
export function requireGoodPassword(password: string, person: { readonly name: string; readonly email: string }): void {
  const text = passwordProblem(password, person);
  if (text)
    throw new AppError('unprocessable', 'people.password', text, { issues: [{ text, expression: 'password' }] });
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}
