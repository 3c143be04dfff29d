import { parseArgs } from 'node:util';

export interface Options {
  /** The FHIR API that is checked; a hub is started when there is none. */
  readonly base: string | undefined;
  readonly token: string | undefined;
  /** The id of a program that is registered there, and the file of its private key (JWK). */
  readonly program: { readonly clientId: string; readonly keyFile: string } | undefined;
  readonly json: boolean;
}

/** @throws Error naming the option that is wrong */
export function readOptions(args?: string[]): Options {
  const { values } = parseArgs({
    ...(args ? { args } : {}),
    options: {
      base: { type: 'string' },
      token: { type: 'string' },
      client: { type: 'string' },
      key: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const base = values.base?.replace(/\/+$/, '');
  if (base !== undefined && !/^https?:\/\/[^/]/.test(base))
    throw new Error(`--base is the address of a FHIR API, e.g. https://hub.example/fhir/R4, not "${base}".`);
  const { client: clientId, key: keyFile } = values;
  if ((clientId === undefined) !== (keyFile === undefined))
    throw new Error('--client and --key belong together: the id of a program, and the file of its private key (JWK).');
  const program = clientId !== undefined && keyFile !== undefined ? { clientId, keyFile } : undefined;
  return { base, token: values.token, program, json: values.json };
}
