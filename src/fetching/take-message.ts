import type { Communication, Reference, Resource } from '@medplum/fhirtypes';
import { digestOf } from '../channels/digest.ts';
import { type Counterpart, knownThere, seen } from '../counterparts/counterparts.ts';
import type { Sql } from '../db/database.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { idOf, parseLocal } from '../fhir/references.ts';
import type { WriteSession } from '../fhir/rest/interaction.ts';
import { create, update } from '../fhir/rest/interactions/write.ts';
import { lockForWrite, transact } from '../fhir/store/transact.ts';
import { validate } from '../fhir/validate/validate.ts';
import { lockLoop } from '../loops/projection/store.ts';
import { SYSTEMS } from '../loops/words.ts';
import { isSaid, isWithdrawn } from '../referrals/conversation/message.ts';
import { resolveFinding } from './findings.ts';
import { attachmentHere, keepReferred } from './keep-referred.ts';
import { attachedTo, type Had, readReferred } from './referred.ts';
import { addressThere, asHere, type Places, refuseOtherClient } from './relink.ts';
import { asPartner, type Source } from './source.ts';

/** A message as it was read on a partner's server, and what it belongs to here. */
export interface MessageThere {
  readonly message: Communication;
  /** Its address there. */
  readonly there: string;
  readonly digest: string;
  readonly taskId: string;
  readonly loopId: string;
  /** The message here that it names as the one it answers. */
  readonly answers: string | undefined;
  /** As it was taken before. */
  readonly known: Counterpart | undefined;
}

/**
 * What a message on a partner's server belongs to here: the Task that it is about, or that of the message it answers.
 * @returns undefined where it is of no referral of that partner's, is not said yet, or was written by this hub
 */
export async function messageThere(
  sql: Sql,
  source: Source,
  message: Communication,
): Promise<MessageThere | undefined> {
  const there = `${source.base}/Communication/${message.id}`;
  const about = referencesIn(message.about);
  const answered = referencesIn(message.inResponseTo);
  const known = await knownThere(sql, source.organizationId, [there, ...addressesOf([...about, ...answered], source)]);
  const own = known.get(there);
  if ((own && own.digest === null) || !(isSaid(message) || (own && isWithdrawn(message)))) return undefined;
  const here = (reference: Reference): { type: string; id: string } | undefined => standsHere(reference, source, known);
  const answers = answered.flatMap((each) => messageIn(each, here(each)))[0];
  const taskId = about.map(here).find((each) => each?.type === 'Task')?.id;
  const [place] = await sql.query<{ taskId: string; loopId: string }>(PLACE_SQL, [
    source.organizationId,
    taskId ?? null,
    answers ?? null,
  ]);
  return place && { message, there, digest: digestOf(message), ...place, answers, known: own };
}

/** The Task of a referral that is on a partner's server: named, or that a message to it or of it was about. */
const PLACE_SQL = `
  SELECT c.resource_id AS "taskId", c.loop_id AS "loopId" FROM counterpart c
  WHERE c.organization_id = $1 AND c.type = 'Task'
    AND c.resource_id = COALESCE($2::text, (SELECT m.task_id FROM message m WHERE m.id = $3 AND $1 IN (m.from_org, m.to_org)))`;

/** Nothing was validated yet: what is no reference leads nowhere. */
function referencesIn(said: unknown): Reference[] {
  const list: unknown[] = Array.isArray(said) ? said : [];
  return list.filter((each): each is Reference => typeof each === 'object' && each !== null);
}

function addressesOf(references: readonly Reference[], source: Source): string[] {
  return references.flatMap(({ reference }) => addressThere(reference, source) ?? []);
}

function standsHere(
  { reference }: Reference,
  source: Source,
  known: ReadonlyMap<string, Counterpart>,
): { type: string; id: string } | undefined {
  if (reference?.startsWith(`${source.hubBase}/`)) return parseLocal(reference.slice(source.hubBase.length + 1));
  const found = known.get(addressThere(reference, source) ?? '');
  return found && { type: found.type, id: found.resourceId };
}

/** By reference, or by the identifier under which it was sent there. */
function messageIn({ identifier }: Reference, here: { type: string; id: string } | undefined): string[] {
  if (here?.type === 'Communication') return [here.id];
  return identifier?.system === SYSTEMS.message && identifier.value ? [identifier.value] : [];
}

/**
 * Takes what a partner has written to somebody about a referral on its own server, as its message: it answers what was asked.
 * @throws AppError as any write of its organization; NotAnswered where its server is away
 */
export async function takeMessage(deps: DeliverDeps, source: Source, found: MessageThere): Promise<void> {
  if (found.known?.digest === found.digest) return;
  validate(found.message);
  const had = await readReferred(source, attachedTo(found.message));
  const caller = asPartner(source, deps.store.newId());
  await transact(deps.store, caller, async (unit) => {
    const session = { store: deps.store, caller, base: deps.hubBase, strict: false, unit };
    await lockLoop(unit, found.loopId);
    const known = (await knownThere(unit.tx, source.organizationId, [found.there])).get(found.there);
    // Another worker was faster.
    if (known?.digest === found.digest) return;
    const id = await write(session, source, { ...found, known }, had);
    const row = { organization_id: source.organizationId, type: 'Communication', resource_id: id, status: null };
    const { loopId, there, digest } = found;
    unit.add(seen, { ...row, loop_id: loopId, there, digest, again: false });
    await resolveFinding(unit, source, there);
  });
}

/** @returns its id here */
async function write(session: WriteSession, source: Source, found: MessageThere, had: readonly Had[]): Promise<string> {
  const { unit } = session;
  const task = await unit.find('Task', found.taskId);
  const client = task?.resourceType === 'Task' ? task.for?.reference : undefined;
  const places = { base: source.base, hubBase: source.hubBase, known: new Map<string, string>() };
  await keepReferred(session, had, places, { loopId: found.loopId, client });
  const said = asSaidHere(found, places, client);
  if (!found.known) {
    const answer = await create(session, said);
    return answer.wrote?.id ?? '';
  }
  const id = found.known.resourceId;
  await lockForWrite(session.store, unit, 'Communication', id);
  await update(session, { ...said, id } as Resource & { id: string });
  return id;
}

/** Who writes, and about whom, follows from whose server it is and which Task: what stands for them there is not known here. Pure. */
function asSaidHere(
  { message, there, taskId, answers }: MessageThere,
  places: Places,
  client: string | undefined,
): Communication {
  const { sender, subject, encounter: _encounter, contained: _contained, ...said } = asHere(message, there, places);
  if (idOf('Patient', subject)) refuseOtherClient({ ...said, subject } as Communication, client);
  const payload = (said.payload ?? []).map(({ contentAttachment, ...content }) =>
    contentAttachment ? { ...content, contentAttachment: attachmentHere(contentAttachment, places) } : content,
  );
  return {
    ...said,
    ...(parseLocal(sender?.reference) ? { sender } : {}),
    about: [{ reference: `Task/${taskId}` }],
    ...(answers ? { inResponseTo: [{ reference: `Communication/${answers}` }] } : {}),
    ...(payload.length > 0 ? { payload } : {}),
  } as Communication;
}
