import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../access/people/browser.ts';
import { join, setUp, startPeopleHub } from '../access/people/people-hub.ts';
import { type Answer, call, texts } from '../support/api.ts';

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: object }>>>>;
}

/** Words of the library that checks bodies, and of its language. */
const NOT_OURS = /Invalid|expected|received|undefined|Unrecognized|Too (small|big)|\bZod/;

describe('a body that lacks something', () => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let person: Browser;
  let asked: (method: string, path: string, body: unknown) => Promise<Answer>;
  let routes: (readonly [string, string])[];
  beforeAll(async () => {
    hub = await startPeopleHub('embedded');
    await setUp(hub);
    person = await join(hub, 'sam@hub.example', ['administrator', 'case-manager', 'supervisor']);
    const { paths } = (await call<Described>('GET', `${hub.url}/api/openapi.json`)).body;
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { requestBody }]) => requestBody !== undefined)
        .map(([method]) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, crypto.randomUUID())] as const),
    );
    asked = (method, path, body) => person.send(method, path, body);
  });
  afterAll(() => hub?.close());

  test('is told in our words what is missing, where, and what to send, at every address that takes one', async () => {
    expect(routes.length).toBeGreaterThan(15);
    let told = 0;
    for (const [method, path] of routes) {
      for (const body of [
        {},
        { nonsense: true },
        [],
        { name: 5, roles: 'x', email: [], organizationId: {}, clientId: 7 },
      ]) {
        const answer = await asked(method, path, body);
        if (answer.status < 400) continue;
        for (const text of texts(answer)) {
          expect([method, path, text]).toEqual([method, path, expect.not.stringMatching(NOT_OURS)]);
          expect(text).toMatch(/\.$/);
          if (/ is missing\. Send /.test(text)) told += 1;
        }
      }
    }
    expect(told).toBeGreaterThan(20);
  });

  test.each<[string, string, string, object, string[]]>([
    [
      'a person',
      'POST',
      '/api/people',
      { name: 'Kim', email: 'kim@hub.example', roles: ['king'] },
      [
        'organizationId is missing. Send a text, in quotation marks.',
        expect.stringMatching(
          /^roles\[0\] cannot be used as it is\. Send one of: case-manager, .*\.$/,
        ) as unknown as string,
      ],
    ],
    [
      'a plan',
      'POST',
      '/api/plans',
      {
        clientId: 'x',
        title: 'Eating well',
        needs: [],
        goals: [],
        activities: [{ goals: [] }],
        start: '22.11.2026',
        reviewDue: '2027-02-01',
      },
      expect.arrayContaining([
        'activities[0].text is missing. Send a text, in quotation marks.',
        'activities[0].responsible is missing. Send a JSON object, in braces.',
        'A date is written like 2026-11-22.',
      ]) as unknown as string[],
    ],
    [
      'a break-glass',
      'POST',
      '/api/break-glass',
      { minutes: 500, why: 'x' },
      [
        'reason is missing. Send a text, in quotation marks.',
        'minutes cannot be used as it is. Send 60 at most.',
        'The body has what is not known here: "why". Leave it out, or correct its name.',
      ],
    ],
  ])('of %s, to the letter', async (_what, method, path, body, said) => {
    const answer = await asked(method, path, body);
    expect([answer.status, texts(answer)]).toEqual([400, said]);
  });
});
