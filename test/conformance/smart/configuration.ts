import type { Because, Verdict } from '../requirement.ts';
import { type Answer, ask } from '../server/answer.ts';
import type { Server } from '../server/server.ts';
import { notApplicable, pass, require, requireStatus } from '../verdict.ts';

/** What a server says of how programs sign in. @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html */
export type Configuration = Readonly<Record<string, unknown>>;

type Check = (server: Server) => Promise<Verdict>;

const WHERE = 'GET .well-known/smart-configuration';

/** The configuration, read once, without a token. @throws Unmet when there is none */
export function configurationOf(server: Server): Promise<Answer & { readonly json: Configuration }> {
  return server.once('smart configuration', async ({ base }) => {
    const answer = await ask('GET', `${base}/.well-known/smart-configuration`, {});
    requireStatus(answer, [200], WHERE);
    require(typeof answer.json === 'object' && answer.json !== null, `${WHERE} was answered with no JSON object.`);
    return { ...answer, json: answer.json as Configuration };
  });
}

/** What it lists under a name; nothing where it lists none. */
export async function listOf(server: Server, name: string): Promise<readonly unknown[]> {
  const value = (await configurationOf(server)).json[name];
  return Array.isArray(value) ? value : [];
}

export const isServed: Check = async (server) => {
  await configurationOf(server);
  return pass('The configuration was answered without a token.');
};

export const isJson: Check = async (server) => {
  const accept = 'application/fhir+xml';
  const answer = await ask('GET', `${server.base}/.well-known/smart-configuration`, { headers: { accept } });
  const type = answer.headers.get('content-type')?.split(';')[0];
  require(type === 'application/json', `${WHERE} that accepts XML was answered as ${type ?? 'nothing'}, not JSON.`);
  require(answer.json, `${WHERE} that accepts XML was answered with no JSON.`);
  return pass('The configuration is application/json, whatever is accepted.');
};

export const hasAbsoluteAddresses: Check = async (server) => {
  const { json } = await configurationOf(server);
  const addresses = Object.entries(json).filter(([name]) => /(_endpoint|_uri)$/.test(name));
  for (const [name, value] of addresses) require(URL.canParse(String(value)), `${name} is no absolute address.`);
  return pass('Every endpoint in the configuration is an absolute address.');
};

/** A list that must be there, and hold this. */
export function lists(name: string, ...wanted: readonly string[]): Check {
  return async (server) => {
    const found = await listOf(server, name);
    require(found.length > 0, `The configuration does not list ${name}.`);
    for (const each of wanted) require(found.includes(each), `${name} does not list ${each}.`);
    return pass(`The configuration lists ${[name, ...wanted].join(', ')}.`);
  };
}

/** A list that must be there, and hold one of these. */
export function listsOneOf(name: string, ...wanted: readonly string[]): Check {
  return async (server) => {
    const found = await listOf(server, name);
    require(wanted.some((each) => found.includes(each)), `${name} lists none of ${wanted.join(', ')}.`);
    return pass(`The configuration lists one of ${wanted.join(', ')} in ${name}.`);
  };
}

export const namesTokenEndpoint: Check = async (server) => {
  const { json } = await configurationOf(server);
  require(URL.canParse(String(json.token_endpoint)), 'The configuration names no token_endpoint.');
  return pass('The configuration names the token_endpoint.');
};

export const hasNoPlainChallenge: Check = async (server) => {
  const said = await lists('code_challenge_methods_supported', 'S256')(server);
  const found = await listOf(server, 'code_challenge_methods_supported');
  require(!found.includes('plain'), 'code_challenge_methods_supported lists plain.');
  return said;
};

/** What need not be there: where it is, it is an address, a list or a text. */
export function mayName(name: string): Check {
  return async (server) => {
    const { json } = await configurationOf(server);
    if (json[name] === undefined) return notApplicable('not offered', `The configuration names no ${name}.`);
    require(Array.isArray(json[name]) || typeof json[name] === 'string', `${name} is neither a list nor a text.`);
    return pass(`The configuration names ${name}.`);
  };
}

const LAUNCHED = 'It is about apps that people launch; this command signs in as programs do.';

/** It is asked of those that list one of some capabilities. */
export function ofCapability(...names: readonly string[]): Check {
  return async (server) => {
    const listed = await listOf(server, 'capabilities');
    const because: Because = names.some((each) => listed.includes(each)) ? 'not observable' : 'not offered';
    if (because === 'not observable') return notApplicable(because, LAUNCHED);
    return notApplicable(because, `The server does not list ${names.join(' or ')} among its capabilities.`);
  };
}

/** It is asked of those that name an endpoint. */
export function ofEndpoint(name: string): Check {
  return async (server) => {
    const { json } = await configurationOf(server);
    if (json[name] === undefined) return notApplicable('not offered', `The configuration names no ${name}.`);
    return notApplicable('not observable', `This command does not use the ${name}.`);
  };
}
