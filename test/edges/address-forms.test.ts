import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken } from '../support/operator.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub('embedded');
});
afterAll(() => hub?.close());

/** Asks for a path as it is written, which `fetch` would tidy up. @returns the policy that the answer has for browsers */
function ask(path: string): Promise<unknown> {
  const { hostname, port } = new URL(hub.url);
  const headers = { authorization: `Bearer ${operatorToken(hub.url)}` };
  return new Promise((resolve, reject) => {
    request({ host: hostname, port, path, headers, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.headers['content-security-policy']));
    })
      .once('error', reject)
      .end();
  });
}

test.each<[form: string, id: string, path: (path: string) => string]>([
  ['as it is', 'plain', (path) => path],
  ['in other letters', 'letters', (path) => path.replace('/fhir/R4', '/FHIR/r4')],
  ['with the name of the host', 'host', (path) => `${hub.url}${path}`],
])(
  'an address of the FHIR API %s has the headers of data, and what is refused there is in the audit by its name',
  async (_form, id, written) => {
    expect(await ask(written(`/fhir/R4/Patient/${id}`))).toBe(await ask('/fhir/R4/metadata'));
    const kept = await hub.deps.db.query('SELECT resource_type, interaction FROM audit WHERE resource_id = $1', [id]);
    expect(kept).toEqual([{ resource_type: 'Patient', interaction: 'read' }]);
  },
);
