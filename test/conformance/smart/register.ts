import { readFile } from 'node:fs/promises';
import { importJWK, type JWK } from 'jose';
import type { Administrator } from '../../partners/hub/administrator.ts';
import type { Program, Registrar } from '../server/program.ts';
import { newKey } from './signing-in.ts';

/** Registers programs at a hub of one's own. */
export function registrarAt(administrator: Administrator): Registrar {
  return {
    register: async (details) => {
      const body = { name: 'A program of this command', organizationId: 'careloop', ...details };
      return (await administrator.send<{ id: string }>('POST', '/api/clients', body)).id;
    },
  };
}

/** A program with a key of its own that may do everything. */
export async function registerProgram(registrar: Registrar): Promise<Program> {
  const { publicKey, privateKey } = await newKey('ES384');
  const clientId = await registrar.register({ jwks: { keys: [publicKey] }, scopes: ['system/*.cruds'] });
  return { clientId, key: { alg: 'ES384', kid: String(publicKey.kid), privateKey } };
}

/** A program that is registered already. @throws Error when its key cannot be read */
export async function readProgram(clientId: string, keyFile: string): Promise<Program> {
  try {
    const jwk = JSON.parse(await readFile(keyFile, 'utf8')) as JWK;
    const alg = jwk.alg ?? (jwk.kty === 'EC' ? 'ES384' : 'RS384');
    const privateKey = await importJWK(jwk, alg);
    if (privateKey instanceof Uint8Array || !jwk.kid) throw new Error('no key pair with a kid');
    return { clientId, key: { alg, kid: jwk.kid, privateKey } };
  } catch (thrown) {
    throw new Error('--key is a file with the private key of the program as a JWK that has a kid.', { cause: thrown });
  }
}
