import { readFileSync } from 'node:fs';
import type { Consent } from '@medplum/fhirtypes';
import { call, done } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { addPartner, type Partner } from '../../support/network.ts';
import { type Sent, type StoryPart, sendStory } from '../network/referral.ts';
import { HUB, type Told, type ToldLoop } from '../network/told.ts';
import {
  CASES,
  type ConsentCase,
  isOpen,
  KINDS,
  type Kind,
  LABELS,
  type Label,
  labelCoding,
  NOTHING_SAID,
} from './cases.ts';

/** Where a label stands: on what is asked, on something sent along, on the client. */
const PLACES = ['request', 'document', 'patient'] as const;
type Place = (typeof PLACES)[number];

export interface GuardedNetwork {
  readonly hospitals: readonly Partner[];
  readonly agencies: readonly Partner[];
  readonly resources: Told[];
  readonly loops: ToldLoop[];
  /** Who was told that something may not be read any more, or ought to have been. */
  readonly told: { readonly story: string; readonly task: string; readonly by: Partner; readonly expected: boolean }[];
}

/** The policy of this hub, with an agreement with one of the organizations below; as JSON, for `CONSENT_POLICY`. */
export function guardedPolicy(): string {
  const file = new URL('../../../profiles/policy/consent.json', import.meta.url);
  const because = 'It does laboratory work for the programme.';
  const agreements = [{ organization: idOf('agreed'), kind: 'QSOA', labels: ['42CFRPart2'], because }];
  return JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), agreements });
}

const idOf = (kind: Kind): string => `asked-${kind}`;

/** Two hospitals, an organization of each kind, and one that nobody asks. */
export async function addGuardedOrganizations(hub: TestHub): Promise<GuardedNetwork> {
  const agencies: Partner[] = [];
  for (const kind of KINDS) agencies.push(await addAsked(hub, kind));
  agencies.push(await addPartner(hub, 'Bystander'));
  const hospitals = [await addPartner(hub, 'East Hospital'), await addPartner(hub, 'West Hospital')];
  return { hospitals, agencies, resources: [], loops: [], told: [] };
}

async function addAsked(hub: TestHub, kind: Kind): Promise<Partner> {
  const [id, name] = [idOf(kind), `Asked, ${kind}`];
  const type = [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }] }];
  const organization = {
    resourceType: 'Organization',
    id,
    active: true,
    name,
    ...(kind === 'treating' ? { type } : {}),
  };
  await done(call('PUT', `${hub.fhir}/Organization/${id}`, { body: organization }));
  const body = { name: `${name}: program`, organizationId: id };
  const { token } = (await call<{ token: string }>('POST', `${hub.url}/api/clients`, { body })).body;
  return { id, name, token };
}

/** One referral: what it is labelled with and where, what its client says, who is asked, and how. */
export interface Plot {
  readonly number: number;
  readonly label: Label;
  readonly place: Place;
  readonly said: ConsentCase;
  readonly kind: Kind;
  readonly direct: boolean;
}

/**
 * Every label with everything a client may say. Where it stands, who is asked and how turn from one to the next, and with
 * each round.
 * @param rounds 6 have all of them
 */
export function plotsOf(rounds: number): Plot[] {
  return Array.from({ length: rounds }, (_, round) =>
    LABELS.flatMap((label, row) =>
      CASES.map((said, column): Plot => {
        const turn = row + column + round;
        const places = placesOf(label);
        return {
          number: (round * LABELS.length + row) * CASES.length + column,
          label,
          place: places[(column + round) % places.length] as Place,
          said,
          kind: KINDS[turn % KINDS.length] as Kind,
          direct: (column + Math.floor(turn / 3)) % 2 === 0,
        };
      }),
    ),
  ).flat();
}

/** That somebody is a client is no part of a report about them. */
function placesOf(label: Label): readonly Place[] {
  if (label === 'address-confidential') return ['patient'];
  return label === 'child-protection' ? ['request', 'document'] : PLACES;
}

/** Lets the referrals happen, some at a time, and writes down who may read what of them. */
export async function tellGuarded(hub: TestHub, network: GuardedNetwork, plots: readonly Plot[]): Promise<void> {
  const waiting = [...plots];
  const tellNext = async (): Promise<void> => {
    for (let plot = waiting.shift(); plot; plot = waiting.shift()) await tell(hub, network, plot);
  };
  await Promise.all(Array.from({ length: 4 }, tellNext));
}

async function tell(hub: TestHub, network: GuardedNetwork, plot: Plot): Promise<void> {
  const { number, label, place, said, kind, direct } = plot;
  const sender = network.hospitals[number % network.hospitals.length] as Partner;
  const asked = network.agencies[KINDS.indexOf(kind)] as Partner;
  const consents = (patient: string): readonly Consent[] => said.given(patient, asked.id, label);
  // A half of them comes with the referral.
  const atOnce = number % 2 === 0;
  const sent = await sendStory(hub, sender, {
    number,
    status: 'requested',
    asks: asked,
    direct,
    others: false,
    ...(label === 'none' ? {} : { labels: { [place]: [labelCoding(label)] } }),
    ...(atOnce ? { consents } : {}),
  });
  const given = [...sent.consents];
  for (const body of atOnce ? [] : consents(sent.patient))
    given.push(`Consent/${(await done(call('POST', `${hub.fhir}/Consent`, { token: sender.token, body }))).id}`);
  await become(hub, sender, given, said.becomes);
  writeDown(network, plot, { sender, asked, sent, given, legs: direct ? [] : await legsOf(hub, sent.root) });
}

/** What becomes of the first of some Consents; of one that is deleted nothing is left. */
async function become(hub: TestHub, sender: Partner, given: string[], becomes: ConsentCase['becomes']): Promise<void> {
  const [first] = given;
  if (!becomes || !first) return;
  const url = `${hub.fhir}/${first}`;
  if (becomes === 'deleted') {
    await done(call('DELETE', url, { token: sender.token }));
    given.shift();
    return;
  }
  const consent = await done<Consent>(call('GET', url, { token: sender.token }));
  await done(call('PUT', url, { token: sender.token, body: { ...consent, status: becomes } }));
}

/** What the hub made to ask: of a mandated report, it tells no program of it, so the store is asked. */
async function legsOf(hub: TestHub, root: string): Promise<{ leg: string; order: string }[]> {
  const rows = await hub.deps.db.query<{ leg: string; order: string }>(
    `SELECT 'Task/' || id AS leg, content -> 'focus' ->> 'reference' AS "order" FROM resource
     WHERE type = 'Task' AND NOT deleted AND content -> 'partOf' -> 0 ->> 'reference' = $1`,
    [root],
  );
  if (rows.length !== 1) throw new Error(`${rows.length} legs`);
  return rows;
}

interface Happened {
  readonly sender: Partner;
  readonly asked: Partner;
  readonly sent: Sent;
  readonly given: readonly string[];
  readonly legs: readonly { readonly leg: string; readonly order: string }[];
}

/** What is read with the document, and what without which nothing of a Task is. */
const WITH_DOCUMENT: ReadonlySet<string> = new Set(['document', 'scan']);
const LABELLED_WITH_REQUEST: ReadonlySet<string> = new Set(['request', 'root', 'leg', 'order']);

function writeDown(network: GuardedNetwork, plot: Plot, { sender, asked, sent, given, legs }: Happened): void {
  const { label, place, said, kind, direct, number } = plot;
  const story = `${number}: ${label} on the ${place}, ${kind}${direct ? ' itself' : ''}; ${said.name}`;
  const addressedDirectly = direct;
  const opens = (table: ConsentCase['opens']) => {
    const labelled = isOpen(table, label, kind, addressedDirectly);
    // What of it carries no label.
    const rest = isOpen(table, 'none', kind, addressedDirectly);
    return (as: string): boolean => {
      if (label === 'child-protection') return openOfReport(as, place, direct, rest);
      if (place !== 'document') return labelled && rest;
      return rest && (!WITH_DOCUMENT.has(as) || labelled);
    };
  };
  const now = opens(said.opens);
  const { meanwhile, before } = said;
  const states = [
    // What came with the referral was there before anything was shared.
    ...(number % 2 === 0 ? [] : [NOTHING_SAID, ...(meanwhile ? [meanwhile] : [])]),
    ...(before ? [before] : []),
    said.opens,
  ].map(opens);
  const isRestricted = (as: string): boolean =>
    label === 'child-protection' && (place === 'request' ? LABELLED_WITH_REQUEST : WITH_DOCUMENT).has(as);
  const write = (as: string, name: string, author: string, shared: boolean): void => {
    const [type = '', id = ''] = name.split('/');
    const open = shared && now(as);
    const readers = new Set([author, ...(open ? [asked.id] : [])]);
    const owner = open && (as === 'leg' || (as === 'root' && direct)) ? { owner: asked.id } : {};
    network.resources.push({ type, id, author, readers, as, story, restricted: isRestricted(as), ...owner });
  };
  for (const as of ['patient', 'reason', 'scan', 'document', 'supporting'] as StoryPart[])
    write(as, sent[as], sender.id, true);
  for (const as of ['privateNote', 'privateCover', 'privatePlan'] as StoryPart[]) write(as, sent[as], sender.id, false);
  for (const as of ['request', 'root'] as StoryPart[]) write(as, sent[as], sender.id, direct);
  for (const { leg, order } of legs) {
    write('leg', leg, HUB, true);
    write('order', order, HUB, true);
  }
  for (const consent of given) write('consent', consent, sender.id, false);
  const task = legs[0]?.leg ?? sent.root;
  network.loops.push({
    id: sent.root.split('/')[1] ?? '',
    sender: sender.id,
    receivers: new Set(now('leg') ? [asked.id] : []),
    known: new Set(direct ? [asked.id] : []),
    direct,
    story,
    restricted: isRestricted('root'),
  });
  const parts = ['patient', 'reason', 'scan', 'document', 'supporting', 'leg', 'order'];
  const lost = states.some((then, at) => parts.some((as) => states[at - 1]?.(as) && !then(as)));
  network.told.push({ story, task, by: asked, expected: lost });
}

/**
 * Of a mandated report that was sent to the hub, nothing is passed on. One that was addressed goes, and says of whom it is,
 * whatever the client says; what is sent along goes as always.
 */
function openOfReport(as: string, place: Place, direct: boolean, rest: boolean): boolean {
  if (place === 'request') return direct && (LABELLED_WITH_REQUEST.has(as) || as === 'patient' || rest);
  return rest && (direct || !WITH_DOCUMENT.has(as));
}
