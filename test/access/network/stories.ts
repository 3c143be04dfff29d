import type { Resource, Task } from '@medplum/fhirtypes';
import { endDueShares } from '../../../src/fhir/sharing/end-shares.ts';
import { call, done, found } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { addPartner, type Partner } from '../../support/network.ts';
import { FOOD, type Sent, sendStory } from './referral.ts';
import { HUB, type Network, type Told } from './told.ts';

export async function addOrganizations(hub: TestHub): Promise<Network> {
  const hospitals = [await addPartner(hub, 'North Hospital'), await addPartner(hub, 'South Hospital')];
  const agencies = [];
  for (const name of ['Agency One', 'Agency Two', 'Agency Three'])
    agencies.push(await addPartner(hub, name, { category: FOOD }));
  return { hospitals, agencies, resources: await directoryOf(hub, hospitals[0] as Partner), loops: [] };
}

/** What is everybody's to read, and what is the hub's alone. */
async function directoryOf(hub: TestHub, hospital: Partner): Promise<Told[]> {
  const drafts: (readonly [body: Resource, by: Partner | undefined, readers: readonly string[]])[] = [
    [{ resourceType: 'Organization', name: 'Elsewhere' }, undefined, ['everybody']],
    [{ resourceType: 'Practitioner', name: [{ family: 'Ortiz' }] }, hospital, ['everybody']],
    [{ resourceType: 'Questionnaire', status: 'active', url: 'https://forms.example/x' }, hospital, ['everybody']],
    [
      {
        resourceType: 'Endpoint',
        status: 'active',
        connectionType: { code: 'hl7-fhir-rest' },
        payloadType: [{ text: 'FHIR' }],
        address: 'http://127.0.0.1:9/fhir',
      },
      undefined,
      [],
    ],
    [{ resourceType: 'Group', type: 'person', actual: true }, hospital, []],
  ];
  const told: Told[] = [];
  for (const [body, by, readers] of drafts) {
    const { resourceType: type } = body;
    const { id } = await done(call('POST', `${hub.fhir}/${type}`, { token: by?.token, body }));
    const author = by?.id ?? HUB;
    told.push({ type, id, author, readers: new Set([author, ...readers]), as: 'entry', story: 'directory' });
  }
  return told;
}

type Kind = (typeof KINDS)[number];
/** The first ones are told long before the others. */
const KINDS = [
  'completed long ago',
  'failed long ago',
  'offered',
  'accepted',
  'completed',
  'declined, the next is asked',
  'declined, nobody is left',
  'cancelled by its sender',
  'addressed to one agency',
  'addressed, and declined',
  'draft',
] as const;

const LONG_AGO = 2;
const DAY_MS = 86_400_000;

/** Lets referrals happen between the organizations, each a story with an end of its own. */
export async function tellStories(hub: TestHub, network: Network, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, at) => at);
  const kindOf = (number: number): Kind => KINDS[number % KINDS.length] as Kind;
  const isOld = (number: number): boolean => number % KINDS.length < LONG_AGO;
  for (const number of numbers.filter(isOld)) await tell(hub, network, number, kindOf(number));
  const longAfter = new Date(hub.deps.now().getTime() + 91 * DAY_MS);
  await endDueShares({ ...hub.deps.store, now: () => longAfter });
  for (const number of numbers.filter((each) => !isOld(each))) await tell(hub, network, number, kindOf(number));
}

async function tell(hub: TestHub, network: Network, number: number, kind: Kind): Promise<void> {
  const { hospitals, agencies } = network;
  const round = Math.floor(number / KINDS.length);
  const sender = hospitals[round % hospitals.length] as Partner;
  const asked = agencies[(round + number) % agencies.length] as Partner;
  const others = kind === 'declined, the next is asked';
  const direct = kind.startsWith('addressed');
  const status = kind === 'draft' ? 'draft' : 'requested';
  const sent = await sendStory(hub, sender, { number, status, asks: asked, direct, others });
  const story = new Story(hub, network, { kind, number, sender, sent });
  await story.goOn(kind, asked);
}

interface Beginning {
  readonly kind: string;
  readonly number: number;
  readonly sender: Partner;
  readonly sent: Sent;
}

type Leg = Task & { id: string };

class Story {
  readonly #hub: TestHub;
  readonly #network: Network;
  readonly #of: Beginning;

  constructor(hub: TestHub, network: Network, of: Beginning) {
    this.#hub = hub;
    this.#network = network;
    this.#of = of;
  }

  async goOn(kind: Kind, asked: Partner): Promise<void> {
    switch (kind) {
      case 'draft':
        this.#sent([], []);
        return;
      case 'offered':
        await this.#leg(asked, []);
        this.#ends([asked], [], [asked]);
        return;
      case 'accepted':
        await this.#leg(asked, [{ status: 'accepted' }]);
        this.#ends([asked], [asked], [asked]);
        return;
      case 'completed':
        await this.#completed(asked);
        this.#ends([asked], [asked], [asked]);
        return;
      case 'completed long ago': {
        // Ninety days later the agency keeps what it was asked and what it answered.
        await this.#completed(asked);
        this.#ends([], [asked], [asked]);
        return;
      }
      case 'failed long ago':
        await this.#leg(asked, [{ status: 'accepted' }, { status: 'failed', statusReason: { text: 'Not reached' } }], {
          keepsOrder: false,
        });
        this.#ends([], [], []);
        return;
      case 'declined, the next is asked': {
        await this.#leg(asked, [{ status: 'rejected', statusReason: { text: 'No room' } }], { keepsOrder: false });
        const next = this.#nextAfter(asked);
        await this.#leg(next, []);
        this.#ends([next], [], [next]);
        return;
      }
      case 'declined, nobody is left':
        await this.#leg(asked, [{ status: 'rejected', statusReason: { text: 'No room' } }], { keepsOrder: false });
        this.#ends([], [], []);
        return;
      case 'cancelled by its sender': {
        await this.#change(this.#of.sender, this.#of.sent.root, {
          status: 'cancelled',
          statusReason: { text: 'Better' },
        });
        await this.#leg(asked, [], { keepsOrder: false });
        this.#ends([], [], []);
        return;
      }
      case 'addressed to one agency': {
        await this.#change(asked, this.#of.sent.root, { status: 'accepted' });
        await this.#outcomes(asked, this.#of.sent.root, this.#of.sent.request);
        this.#sent([asked], [asked]);
        this.#loop([asked], [asked], true);
        return;
      }
      case 'addressed, and declined':
        await this.#change(asked, this.#of.sent.root, { status: 'rejected', statusReason: { text: 'No room' } });
        this.#sent([], [asked]);
        this.#loop([], [asked], true);
        return;
    }
  }

  /** Agencies are asked in the order of their names. */
  #nextAfter(declined: Partner): Partner {
    const others = this.#network.agencies.filter(({ id }) => id !== declined.id);
    return others.toSorted((a, b) => a.name.localeCompare(b.name, 'en'))[0] as Partner;
  }

  async #completed(asked: Partner): Promise<void> {
    const leg = await this.#leg(asked, [{ status: 'accepted' }, { status: 'in-progress' }]);
    await this.#outcomes(asked, `Task/${leg.id}`, leg.focus?.reference ?? '');
    await this.#change(asked, `Task/${leg.id}`, { status: 'completed' });
  }

  /** Tells of what the sender wrote: who of the agencies may read what was referred, and who the root Task. */
  #sent(readers: readonly Partner[], ofRoot: readonly Partner[]): void {
    const { sent, sender } = this.#of;
    const owner = ofRoot[0]?.id;
    for (const as of ['patient', 'reason', 'scan', 'document', 'supporting'] as const)
      this.#tell(as, sent[as], sender.id, readers);
    for (const as of ['privateNote', 'privateCover', 'privatePlan'] as const) this.#tell(as, sent[as], sender.id, []);
    this.#tell('request', sent.request, sender.id, owner === undefined ? [] : readers);
    this.#tell('root', sent.root, sender.id, ofRoot, owner);
  }

  /** Of a referral that went to the hub nobody reads the root and the request but its sender. */
  #ends(readers: readonly Partner[], known: readonly Partner[], receivers: readonly Partner[]): void {
    const { sent, sender } = this.#of;
    for (const as of ['patient', 'reason', 'scan', 'document', 'supporting'] as const)
      this.#tell(as, sent[as], sender.id, readers);
    for (const as of ['privateNote', 'privateCover', 'privatePlan', 'request', 'root'] as const)
      this.#tell(as, sent[as], sender.id, []);
    this.#loop(receivers, known, false);
  }

  #loop(receivers: readonly Partner[], known: readonly Partner[], direct: boolean): void {
    const { sent, sender, kind } = this.#of;
    this.#network.loops.push({
      id: idIn(sent.root),
      sender: sender.id,
      receivers: new Set(receivers.map(({ id }) => id)),
      known: new Set(known.map(({ id }) => id)),
      direct,
      story: kind,
    });
  }

  #tell(as: string, name: string, author: string, readers: readonly Partner[], owner?: string): void {
    const [type = '', id = ''] = name.split('/');
    const all = new Set([author, ...readers.map((each) => each.id)]);
    const { kind: story } = this.#of;
    this.#network.resources.push({ type, id, author, readers: all, as, story, ...(owner ? { owner } : {}) });
  }

  /** What the hub made to ask an agency, and what that answered. */
  async #leg(asked: Partner, changes: readonly Partial<Task>[], { keepsOrder = true } = {}): Promise<Leg> {
    const legs = found<Task>(
      await call('GET', `${this.#hub.fhir}/Task?part-of=${this.#of.sent.root}&owner=Organization/${asked.id}`),
    );
    let leg = legs[0] as Leg;
    for (const change of changes) leg = await this.#change(asked, `Task/${leg.id}`, change);
    this.#tell('leg', `Task/${leg.id}`, HUB, [asked], asked.id);
    this.#tell('order', leg.focus?.reference ?? '', HUB, keepsOrder ? [asked] : []);
    return leg;
  }

  async #change(by: Partner, name: string, change: Partial<Task>): Promise<Leg> {
    const task = await done<Task>(call('GET', `${this.#hub.fhir}/${name}`, { token: by.token }));
    return done<Task>(call('PUT', `${this.#hub.fhir}/${name}`, { token: by.token, body: { ...task, ...change } }));
  }

  /** What an agency did is read by who asked; what it keeps for itself is not. */
  async #outcomes(agency: Partner, task: string, request: string): Promise<void> {
    const { sender, sent, number } = this.#of;
    const subject = { reference: sent.patient };
    const basedOn = [{ reference: request }];
    const code = { text: `Visit ${number}` };
    const write = async (as: string, resource: object, readers: readonly Partner[]): Promise<void> => {
      const body = resource as Resource;
      const url = `${this.#hub.fhir}/${body.resourceType}`;
      const { id } = await done(call('POST', url, { token: agency.token, body }));
      this.#tell(as, `${body.resourceType}/${id}`, agency.id, readers);
    };
    await write('outcome', { resourceType: 'Procedure', status: 'completed', code, subject, basedOn }, [sender]);
    await write('outcome', { resourceType: 'Observation', status: 'final', code, subject, basedOn }, [sender]);
    // About a part it writes to the hub, and to the sender where that has addressed it.
    const readers = task === sent.root ? [sender] : [];
    const message = { resourceType: 'Communication', status: 'completed', about: [{ reference: task }] };
    await write('message', message, readers);
    await write('ownNote', { resourceType: 'Observation', status: 'final', code, subject }, []);
  }
}

function idIn(name: string): string {
  return name.split('/')[1] ?? '';
}
