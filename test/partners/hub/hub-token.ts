import { givenToken, type Tokens } from '../fhir/sign-in.ts';

const NO_TOKEN = `A hub that is there already needs HUB_TOKEN: the token of a program of its own organization.
An administrator registers one ("Try it with curl" in the README), or, on its machine and with its settings:
  npx careloop client add --organization careloop --name 'Trying it out'
With the embedded store, stop the hub first.`;

/** Who registers partners at a hub that was not made for this run. @throws Error saying how to get a token */
export function operatorFromEnvironment(): Tokens {
  const { HUB_TOKEN } = process.env;
  if (HUB_TOKEN) return givenToken(HUB_TOKEN);
  throw new Error(NO_TOKEN);
}
