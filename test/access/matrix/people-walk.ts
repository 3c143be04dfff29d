import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { Told, ToldLoop } from '../network/told.ts';
import { type Browser, codeOf } from '../people/browser.ts';
import { forEachAtOnce } from './at-once.ts';
import type { Tally } from './tally.ts';

/** Somebody who is signed in, and what their role lets them see, as a story would say it: not asked of the hub. */
export interface Persona {
  readonly name: string;
  readonly browser: Browser;
  readonly sees: (told: Told, content: Resource) => boolean;
  /** Whether a type is theirs to read at all: another is refused, whatever there is of it. */
  readonly reads: (type: string) => boolean;
  readonly seesLoop: ((told: ToldLoop) => boolean) | undefined;
  /** Whether they see what stands only, and no earlier versions. */
  readonly standsOnly?: boolean;
  /** Whether they may change anything of a type. */
  readonly writes: (type: string) => boolean;
}

/** What is walked. */
export interface Ground {
  readonly tally: Tally;
  readonly resources: readonly Told[];
  readonly contents: ReadonlyMap<string, Resource>;
  readonly loops: readonly ToldLoop[];
}

const nameOf = ({ type, id }: { type: string; id: string }): string => `${type}/${id}`;
const contentOf = ({ contents }: Ground, told: Told): Resource => contents.get(nameOf(told)) as Resource;
const FHIR = '/fhir/R4';

/** Every route below FHIR and the loops, as one person. */
export async function walkAs(ground: Ground, persona: Persona): Promise<void> {
  await forEachAtOnce(ground.resources, (told, at) => oneResource(ground, persona, told, at));
  for (const type of new Set(ground.resources.map((told) => told.type))) await oneType(ground, persona, type);
  await listed(ground, persona, '/?_count=500&_lastUpdated=ge2000-01-01');
  // It is of every type, and nobody's role is.
  const { status } = await persona.browser.send('GET', `${FHIR}/_history`);
  ground.tally.refusal(`/_history as ${persona.name}`, 403, status);
  await around(ground, persona);
  await brought(ground, persona);
  await loops(ground, persona);
}

type Route = (told: Told) => {
  /** Of what does not only stand: the first version, or all of them. */
  of?: 'first' | 'history';
  method?: string;
  path: string;
  body?: object;
  shown: (body: unknown, status: number) => boolean;
};

const entries = (body: unknown): unknown[] => (body as Bundle | undefined)?.entry ?? [];

const ROUTES: readonly Route[] = [
  ({ type, id }) => ({ path: `/${type}/${id}`, shown: (_body, status) => status === 200 }),
  ({ type, id }) => ({ of: 'first', path: `/${type}/${id}/_history/1`, shown: (_body, status) => status === 200 }),
  ({ type, id }) => ({ of: 'history', path: `/${type}/${id}/_history`, shown: (_body, status) => status === 200 }),
  ({ type, id }) => ({ path: `/${type}?_id=${id}`, shown: (body) => entries(body).length > 0 }),
  ({ type, id }) => ({
    path: `/${type}?_id=${id}&_summary=count`,
    shown: (body) => ((body as Bundle).total ?? 0) > 0,
  }),
  ({ type, id }) => ({
    method: 'POST',
    path: '/',
    body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `${type}/${id}` } }] },
    shown: (body) =>
      (entries(body)[0] as { response?: { status?: string } })?.response?.status?.startsWith('200') ?? false,
  }),
];

/** Two routes, which change from one to the next; and changing it. */
async function oneResource(ground: Ground, persona: Persona, told: Told, at: number): Promise<void> {
  const sees = maySee(ground, persona, told);
  const isFirst = contentOf(ground, told).meta?.versionId === '1';
  const routes = ROUTES.filter((_route, number) => (number + at) % 3 === 0);
  for (const route of routes) {
    const { method = 'GET', path, body, shown, of } = route(told);
    const hasBeen = of === 'history' || (of === 'first' && !isFirst);
    const may = sees && !(hasBeen && persona.standsOnly);
    const answer = await persona.browser.send(method, `${FHIR}${path}`, body);
    ground.tally.cell(
      `${method} ${path} (${told.as} of "${told.story}") as ${persona.name}`,
      may,
      shown(answer.body, answer.status),
    );
  }
  if (persona.writes(told.type)) return;
  const { status } = await persona.browser.send('PUT', `${FHIR}/${nameOf(told)}`, contentOf(ground, told));
  ground.tally.refusal(`PUT ${nameOf(told)} as ${persona.name}`, 403, status);
}

/** All pages of a search, or nothing where it is refused. */
async function namesAt({ browser }: Persona, path: string): Promise<Set<string>> {
  const names = new Set<string>();
  let next: string | undefined = `${FHIR}${path}`;
  while (next) {
    const { status, body }: { status: number; body: Bundle } = await browser.send<Bundle>('GET', next);
    if (status !== 200) return names;
    for (const { resource } of body.entry ?? []) if (resource?.id) names.add(`${resource.resourceType}/${resource.id}`);
    next = body.link?.find(({ relation }) => relation === 'next')?.url.replace(browser.url, '');
  }
  return names;
}

async function listed(
  ground: Ground,
  persona: Persona,
  path: string,
  resources: readonly Told[] = ground.resources,
): Promise<void> {
  const names = await namesAt(persona, path);
  for (const told of resources) {
    const what = `${path}: ${nameOf(told)} (${told.as} of "${told.story}") as ${persona.name}`;
    ground.tally.cell(what, maySee(ground, persona, told), names.has(nameOf(told)));
  }
}

function maySee(ground: Ground, persona: Persona, told: Told): boolean {
  return persona.reads(told.type) && persona.sees(told, contentOf(ground, told));
}

async function oneType(ground: Ground, persona: Persona, type: string): Promise<void> {
  const ofType = ground.resources.filter((told) => told.type === type);
  await listed(ground, persona, `/${type}?_count=200`, ofType);
  await listed(ground, persona, `/${type}/_history?_count=500`, persona.standsOnly ? [] : ofType);
  if (persona.standsOnly) {
    const { status } = await persona.browser.send('GET', `${FHIR}/${type}/_history`);
    ground.tally.refusal(`${type}/_history as ${persona.name}`, 403, status);
  }
  if (persona.reads(type)) return;
  const { status } = await persona.browser.send('GET', `${FHIR}/${type}?_summary=count`);
  ground.tally.refusal(`${type} as ${persona.name}`, 403, status);
}

/** Whatever tells of one patient: nothing of it is told to who does not see it. */
async function around(ground: Ground, persona: Persona): Promise<void> {
  const patients = ground.resources.filter(({ as }) => as === 'patient');
  await forEachAtOnce(patients, async (patient) => {
    for (const path of [`/${nameOf(patient)}/$everything?_count=200`, `/${nameOf(patient)}/*?_count=200`]) {
      for (const name of await namesAt(persona, path)) {
        const told = ground.resources.find((each) => nameOf(each) === name);
        if (!told) continue;
        const may = maySee(ground, persona, told);
        ground.tally.cell(`${path}: ${name} as ${persona.name}`, may, true);
      }
    }
  });
}

/** What comes along, and what can be asked about by what refers to it. */
async function brought(ground: Ground, persona: Persona): Promise<void> {
  for (const path of [
    '/Task?_count=200&_include=*',
    '/Patient?_count=200&_revinclude=*',
    '/ServiceRequest?_count=200&_include=ServiceRequest:subject&_revinclude=Task:focus',
  ]) {
    for (const name of await namesAt(persona, path)) {
      const told = ground.resources.find((each) => nameOf(each) === name);
      if (told) ground.tally.cell(`${path}: ${name} as ${persona.name}`, maySee(ground, persona, told), true);
    }
  }
  const tasks = ground.resources.filter(({ type }) => type === 'Task');
  await forEachAtOnce(tasks, async (told) => {
    const { body } = await persona.browser.send<Bundle>(
      'GET',
      `${FHIR}/Patient?_has:Task:patient:_id=${told.id}&_summary=count`,
    );
    const task = contentOf(ground, told) as { for?: { reference?: string } };
    const patient = ground.resources.find((each) => nameOf(each) === task.for?.reference);
    if (!patient || !persona.reads('Patient')) return;
    const may = persona.sees(told, contentOf(ground, told)) && persona.sees(patient, contentOf(ground, patient));
    ground.tally.cell(`_has of ${nameOf(told)} as ${persona.name}`, may, body.total === 1);
  });
}

async function loops({ tally, loops: told }: Ground, persona: Persona): Promise<void> {
  if (!persona.seesLoop) {
    const list = await persona.browser.send('GET', '/api/loops?state=all');
    tally.refusal(`loops as ${persona.name}`, 'people.role', codeOf(list));
    return;
  }
  const { ids, counts } = await allLoops(persona);
  tally.refusal(
    `counts of loops as ${persona.name}`,
    told.filter(persona.seesLoop).length,
    counts.open + counts.closed,
  );
  const { seesLoop } = persona;
  await forEachAtOnce(told, async (loop) => {
    const may = seesLoop(loop);
    tally.cell(`list of loops: "${loop.story}" as ${persona.name}`, may, ids.has(loop.id));
    const { status } = await persona.browser.send('GET', `/api/loops/${loop.id}`);
    tally.cell(`loop "${loop.story}" as ${persona.name}`, may, status === 200);
  });
}

interface List {
  readonly loops: readonly { readonly id: string }[];
  readonly next: string | null;
}

interface Counts {
  readonly open: number;
  readonly closed: number;
}

/** All pages of the list. */
async function allLoops({ browser }: Persona): Promise<{ ids: Set<string>; counts: Counts }> {
  const ids = new Set<string>();
  for (let cursor = ''; ; ) {
    const { status, body } = await browser.send<List>('GET', `/api/loops?state=all&limit=100${cursor}`);
    if (status !== 200) throw new Error(`refused with ${status}: ${JSON.stringify(body)}`);
    for (const { id } of body.loops) ids.add(id);
    if (!body.next) return { ids, counts: (await browser.send<Counts>('GET', '/api/loops/counts')).body };
    cursor = `&cursor=${body.next}`;
  }
}
