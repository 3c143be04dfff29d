import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Coding, Consent } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { NO_LIMITS, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Ask, type Guess, NOTHING, nothing, PROBES } from './network/probes.ts';
import { type Sending, type Sent, STORY_PARTS, type StoryPart, sendStory } from './network/referral.ts';
import { said } from './network/said.ts';
import type { Browser } from './people/browser.ts';
import { join } from './people/people-hub.ts';

const REPORT: Coding = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };
const everything = (coding: Coding): NonNullable<Sending['labels']> =>
  Object.fromEntries(STORY_PARTS.map((part): [StoryPart, Coding[]] => [part, [coding]]));

/** Who chooses ids may find out that one is taken: see ADR 0025. */
const CHOOSES_IDS: ReadonlySet<string> = new Set([
  'an update',
  'an update of a version',
  'an update unless it is there',
  'a transaction',
  'a conditional update under its id',
]);

describe.each(databaseKinds())('nothing can be inferred (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let asked: Partner;
  let worker: Browser;
  let manager: Browser;
  const guesses = new Map<string, Guess>();

  beforeAll(async () => {
    hub = await startHub(kind, { settings: { PASSWORD_COST: '14', ...NO_LIMITS } });
    hospital = await addPartner(hub, 'Hospital');
    asked = await addPartner(hub, 'Asked', { category: 'food-insecurity' });
    worker = await join(hub, 'worker@asked.example', ['agency-worker'], { organizationId: asked.id });
    manager = await join(hub, 'cm@hub.example', ['case-manager', 'supervisor']);
    await send(3, 'an offer that waits for a consent', { labels: { request: [label('HIV')] } });
    await send(46, 'an offer that is denied', {
      consents: (patient) => [consentOf(patient, { type: 'deny', actor: toOrganization(asked.id) })],
    });
    const permit = (patient: string): Consent[] => [
      consentOf(patient, { type: 'permit', actor: toOrganization(asked.id), securityLabel: [label('HIV')] }),
    ];
    const { consents } = await send(28, 'an offer whose consent is withdrawn', {
      labels: { request: [label('HIV')] },
      consents: permit,
    });
    const url = `${hub.fhir}/${consents[0]}`;
    const consent = await done<Consent>(call('GET', url, { token: hospital.token }));
    await done(call('PUT', url, { token: hospital.token, body: { ...consent, status: 'inactive' } }));
    await send(31, 'an offer that was open, and is labelled later', {});
    const request = `${hub.fhir}/ServiceRequest/${guesses.get('an offer that was open, and is labelled later')?.request}`;
    const body = await done(call('GET', request, { token: hospital.token }));
    const labelled = { ...body, meta: { ...body.meta, security: [label('HIV')] } };
    await done(call('PUT', request, { token: hospital.token, body: labelled }));
    await send(19, 'a mandated report', { labels: everything(REPORT), direct: true });
  });
  afterAll(() => hub?.close());

  const idOf = (name: string): string => name.split('/')[1] ?? '';
  const send = async (
    number: number,
    name: string,
    more: Partial<Sending>,
  ): Promise<Sent & { consents: readonly string[] }> => {
    const sending = { number, status: 'requested', asks: asked, direct: false, others: false, ...more } as const;
    const sent = await sendStory(hub, hospital, sending);
    guesses.set(name, {
      patient: idOf(sent.patient),
      request: idOf(sent.request),
      note: idOf(sent.privateNote),
      mrn: `mrn-${number}`,
      family: `Story${number}`,
      birthDate: `19${50 + number}-05-05`,
      secret: `s-${number}`,
    });
    return sent;
  };
  const there = (name: string): Guess => guesses.get(name) as Guess;

  type Spy = (probe: Ask, guess: Guess) => Promise<Answer<unknown>>;
  const bodyOf = (body: unknown, spy: string): unknown =>
    JSON.parse(JSON.stringify(body ?? null).replaceAll('SPY', spy)) as unknown;
  const program =
    (by: () => Partner | undefined): Spy =>
    async (probe, guess) => {
      const [method, path, options] = probe(guess);
      const body = bodyOf(options?.body, by()?.id ?? 'careloop');
      const url = path === '' || path.startsWith('?') ? `${hub.fhir}${path}` : `${hub.fhir}/${path}`;
      return call(method, url, { ...options, token: by()?.token, ...(body === null ? {} : { body }) });
    };
  const person =
    (by: () => Browser, organization: () => string): Spy =>
    (probe, guess) => {
      const [method, path, options] = probe(guess);
      const body = bodyOf(options?.body, organization()) ?? undefined;
      return by().send(method, `/fhir/R4/${path}`.replace('/R4/?', '/R4?'), body, { ...options?.headers });
    };

  const spies: [who: string, spy: Spy, of: readonly string[], mayChooseIds: boolean][] = [
    [
      'the organization that is asked',
      program(() => asked),
      [
        'an offer that waits for a consent',
        'an offer that is denied',
        'an offer whose consent is withdrawn',
        'an offer that was open, and is labelled later',
      ],
      false,
    ],
    [
      'a worker where it was sent',
      person(
        () => worker,
        () => asked.id,
      ),
      ['a mandated report', 'an offer that waits for a consent'],
      false,
    ],
    [
      'a case manager',
      person(
        () => manager,
        () => 'careloop',
      ),
      ['a mandated report'],
      true,
    ],
    ['a program of the hub', program(() => undefined), ['a mandated report'], true],
  ];
  const cases = spies.flatMap(([who, spy, of, mayChooseIds]) =>
    of.flatMap((story) =>
      Object.entries(PROBES)
        .filter(([name]) => !(mayChooseIds && CHOOSES_IDS.has(name)))
        .map(([name, probe]) => ({ who, spy, story, name, probe })),
    ),
  );

  test.each(cases)('$who, of $story, by $name', async ({ spy, story, probe }) => {
    // Another one for each story: how often a spy was refused is told to it, of either.
    const notThere = nothing([...guesses.keys()].indexOf(story));
    const [hidden, missing] = [await spy(probe, there(story)), await spy(probe, notThere)];
    expect(said(hidden, there(story))).toEqual(said(missing, notThere));
  });

  test('and most of these questions say something to who may see it', async () => {
    const sender = program(() => hospital);
    for (const story of guesses.keys()) {
      const telling: string[] = [];
      for (const [name, probe] of Object.entries(PROBES).filter(([, each]) => each(NOTHING)[0] === 'GET')) {
        const [seen, missing] = [await sender(probe, there(story)), await sender(probe, NOTHING)];
        if (JSON.stringify(said(seen, there(story))) !== JSON.stringify(said(missing, NOTHING))) telling.push(name);
      }
      expect({ story, telling: telling.length > 15 }).toEqual({ story, telling: true });
    }
  });
});
