import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Verdict } from '../requirement.ts';
import type { Program, Registrar } from '../server/program.ts';
import type { Server } from '../server/server.ts';
import { pass, require } from '../verdict.ts';
import { asRegistrar, PATIENTS, tokenOf } from './program.ts';
import { newKey } from './signing-in.ts';

/** A program whose keys are published at an address of this machine, and how they were asked for there. */
interface Published {
  readonly program: Program;
  readonly methods: readonly string[];
}

async function withPublished<T>(
  registrar: Registrar,
  maxAgeS: number,
  work: (published: Published) => Promise<T>,
): Promise<T> {
  const { publicKey, privateKey } = await newKey('ES384');
  const methods: string[] = [];
  const server = createServer((request, response) => {
    methods.push(request.method ?? '');
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': `max-age=${maxAgeS}` });
    response.end(JSON.stringify({ keys: [publicKey] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const clientId = await registrar.register({ jwksUri, scopes: [PATIENTS] });
    return await work({
      program: { clientId, key: { alg: 'ES384', kid: String(publicKey.kid), privateKey } },
      methods,
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

export const takesKeysByAddress = asRegistrar((server, registrar) =>
  withPublished(registrar, 300, async ({ program, methods }): Promise<Verdict> => {
    await tokenOf(server, program, PATIENTS);
    require(methods.length > 0, 'A program signed in whose keys nobody asked for.');
    require(methods.every((each) => each === 'GET'), 'The keys of a program were not asked for by GET.');
    return pass('A program signed in whose keys are at an address: they were fetched from there by GET.');
  }),
);

export const keepsKeys = asRegistrar((server, registrar) =>
  withPublished(registrar, 300, async ({ program, methods }): Promise<Verdict> => {
    await signInTwice(server, program, 0);
    require(methods.length === 1, 'Keys that are good for minutes were fetched again at once.');
    return pass('Keys that are good for minutes were fetched once.');
  }),
);

const SHORT_S = 11;

export const keepsKeysNoLonger = asRegistrar((server, registrar) =>
  withPublished(registrar, SHORT_S, async ({ program, methods }): Promise<Verdict> => {
    await signInTwice(server, program, SHORT_S * 1_000 + 500);
    require(methods.length === 2, 'Keys were kept for longer than their owner says that they are good for.');
    return pass('Keys were fetched anew once they were older than their owner says that they are good for.');
  }),
);

async function signInTwice(server: Server, program: Program, waitMs: number): Promise<void> {
  await tokenOf(server, program, PATIENTS);
  await pause(waitMs);
  await tokenOf(server, program, PATIENTS);
}
