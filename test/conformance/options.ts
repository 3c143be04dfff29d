import { parseArgs } from 'node:util';

export interface Options {
  /** The FHIR API that is checked; a hub is started when there is none. */
  readonly base: string | undefined;
  readonly token: string | undefined;
  readonly json: boolean;
}

/** @throws Error naming the option that is wrong */
export function readOptions(args?: string[]): Options {
  const { values } = parseArgs({
    ...(args ? { args } : {}),
    options: {
      base: { type: 'string' },
      token: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const base = values.base?.replace(/\/+$/, '');
  if (base !== undefined && !/^https?:\/\/[^/]/.test(base))
    throw new Error(`--base is the address of a FHIR API, e.g. https://hub.example/fhir/R4, not "${base}".`);
  return { base, token: values.token, json: values.json };
}
