import type { Bundle } from '@medplum/fhirtypes';
import { call } from '../../support/api.ts';
import { eventsOf } from '../../support/subscriber.ts';
import { forEachAtOnce } from '../matrix/at-once.ts';
import { type Asker, maySee, type Walk } from '../matrix/walk.ts';
import type { Told } from '../network/told.ts';

/**
 * What leads from one resource to another, or tells of one without showing it: chains, `_has`, the audit, what was
 * subscribed to. @param subscription the id of its Subscription to all Tasks, made before anything happened
 */
export async function linkRoutes(walk: Walk, asker: Asker, subscription: string | undefined): Promise<void> {
  const tasks = walk.network.resources.filter(({ type }) => type === 'Task');
  await forEachAtOnce(tasks, (task) => asked(walk, asker, task));
  if (subscription) await subscribed(walk, asker, tasks, subscription);
}

interface Link {
  readonly how: string;
  readonly path: (task: string, patient: string, request: string) => string;
  /** What must be seen for it to be found, beside the Task. */
  readonly through: 'patient' | 'request' | 'both';
}

const LINKS: readonly Link[] = [
  { how: '_has', path: (t, p) => `Patient?_id=${p}&_has:Task:patient:_id=${t}`, through: 'patient' },
  {
    how: '_has of _has',
    path: (t, p, r) => `Patient?_id=${p}&_has:ServiceRequest:subject:_has:Task:focus:_id=${t}&_id:not=${r}`,
    through: 'both',
  },
  { how: 'a chain', path: (t, p) => `Task?_id=${t}&patient:Patient._id=${p}`, through: 'patient' },
  {
    how: 'a chain to what is asked',
    path: (t, _, r) => `Task?_id=${t}&focus:ServiceRequest._id=${r}`,
    through: 'request',
  },
  {
    how: 'a chain of chains',
    path: (t, p) => `Task?_id=${t}&focus:ServiceRequest.subject:Patient._id=${p}`,
    through: 'both',
  },
];

async function asked({ hub, network, contents, tally }: Walk, asker: Asker, task: Told): Promise<void> {
  const content = contents.get(`Task/${task.id}`) as { for?: Named; focus?: Named };
  const named = (reference: Named | undefined): Told | undefined =>
    network.resources.find(({ type, id }) => `${type}/${id}` === reference?.reference);
  const [patient, request] = [named(content.for), named(content.focus)];
  if (!patient || !request) throw new Error(`Task/${task.id} of a story asks nothing, or for nobody`);
  const where = `Task (${task.as} of "${task.story}") by ${asker.id}`;
  for (const { how, path, through } of LINKS) {
    const over = through === 'both' ? [patient, request] : [through === 'patient' ? patient : request];
    const may = [task, ...over].every((each) => maySee(asker, each));
    const url = `${hub.fhir}/${path(task.id, patient.id, request.id)}&_summary=count`;
    const { body } = await call<Bundle>('GET', url, { token: asker.token });
    tally.cell(`${how}: ${where}`, may, body.total === 1);
  }
  if (maySee(asker, task)) return;
  const changes = `${hub.fhir}/AuditEvent?entity=Task/${task.id}&action=C,U,D&outcome=0&_summary=count`;
  const { body } = await call<Bundle>('GET', changes, { token: asker.token });
  tally.cell(`the audit: ${where}`, false, body.total !== 0);
}

interface Named {
  readonly reference?: string;
}

async function subscribed({ hub, tally }: Walk, asker: Asker, tasks: readonly Told[], id: string): Promise<void> {
  const focuses = new Set<string | undefined>();
  let since = 1;
  for (;;) {
    const url = `${hub.fhir}/Subscription/${id}/$events?eventsSinceNumber=${since}`;
    const { body } = await call<Bundle>('GET', url, { token: asker.token });
    const events = eventsOf(body);
    if (events.length === 0) break;
    for (const { focus } of events) focuses.add(focus?.replace(`${hub.fhir}/`, '').replace(/\/_history\/.*$/, ''));
    since = Math.max(...events.map(({ number }) => number)) + 1;
  }
  for (const task of tasks) {
    const what = `$events: Task (${task.as} of "${task.story}") by ${asker.id}`;
    tally.cell(what, maySee(asker, task), focuses.has(`Task/${task.id}`));
  }
}
