import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runSetting } from './run-settings.ts';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate and its key, as files and as PEM. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /**
   * Issues a certificate.
   * @param subject as `/C=SE/CN=x`
   * @param days negative: it has expired
   * @param extensions as openssl has them, e.g. `extendedKeyUsage=serverAuth`
   */
  issue(subject: string, days?: number, extensions?: readonly string[]): Promise<Certificate>;
}

/** Makes real certificates by openssl, in a folder of their own. */
export interface CertificateMaker {
  authority(name: string): Promise<Authority>;
  /** One that vouches for itself. */
  selfSigned(subject: string): Promise<Certificate>;
  /** Who has this certificate issues others with it, whether it may or not. */
  issuing(by: Certificate): Authority;
  remove(): Promise<void>;
}

export async function certificateMaker(): Promise<CertificateMaker> {
  const folder = await mkdtemp(join(runSetting('TEST_TMP'), 'certificates-'));
  let made = 0;
  const files = (): { certFile: string; keyFile: string; requestFile: string } => {
    made += 1;
    const path = join(folder, String(made));
    return { certFile: `${path}.pem`, keyFile: `${path}.key`, requestFile: `${path}.csr` };
  };
  const readAll = async ({ certFile, keyFile }: Pick<Certificate, 'certFile' | 'keyFile'>): Promise<Certificate> => ({
    certFile,
    keyFile,
    cert: await readFile(certFile, 'utf8'),
    key: await readFile(keyFile, 'utf8'),
  });
  const selfSigned = async (subject: string): Promise<Certificate> => {
    const { certFile, keyFile } = files();
    await run('openssl', [
      'req',
      '-x509',
      ...KEY,
      '-keyout',
      keyFile,
      '-out',
      certFile,
      '-subj',
      subject,
      '-days',
      '2',
    ]);
    return readAll({ certFile, keyFile });
  };
  const issuing = (by: Certificate): Authority => ({
    ...by,
    issue: async (subject, days = 2, extensions = []) => {
      const { certFile, keyFile, requestFile } = files();
      const added = ['subjectAltName=IP:127.0.0.1,DNS:localhost', ...extensions].flatMap((each) => ['-addext', each]);
      await run('openssl', ['req', ...KEY, '-keyout', keyFile, '-out', requestFile, '-subj', subject, ...added]);
      const signed = ['-CA', by.certFile, '-CAkey', by.keyFile, '-CAcreateserial', '-copy_extensions', 'copy'];
      await run('openssl', ['x509', '-req', '-in', requestFile, '-out', certFile, '-days', String(days), ...signed]);
      return readAll({ certFile, keyFile });
    },
  });
  return {
    selfSigned,
    authority: async (name) => issuing(await selfSigned(`/CN=${name}`)),
    issuing,
    remove: () => rm(folder, { recursive: true }),
  };
}
