import type { Task } from '@medplum/fhirtypes';
import { digestOf, newToken } from '../../access/clients.ts';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { hubOf, type Store, transact } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { requireContactAllowed } from '../../loops/client-contact.ts';
import type { Answer } from '../../loops/confirmation/answers.ts';
import { questionnaireOf } from '../../loops/confirmation/client-task.ts';
import { recordConfirmation } from '../../loops/confirmation/events.ts';
import { type Form, formIn } from '../../loops/confirmation/questionnaire.ts';
import { LOOP_MARK, lockLoop } from '../../loops/projection/store.ts';
import { putByHub, type ReferralDeps, type StoredTask } from '../task-changes.ts';
import { answerAsked, requireOpen } from './answer.ts';
import { lockAsking, removeLinks } from './end.ts';

const GOOD_FOR_MS = 14 * 86_400_000;

export type AskingDeps = ReferralDeps & { readonly store: Store };

/** What a person hands to a client; told once. */
export interface ClientLink {
  readonly code: string;
  readonly expiresAt: Date;
}

/** Makes a link by which the client answers; an earlier one is good no more. From now on the client is waited for. */
export async function makeLink(unit: UnitOfWork, loopId: string): Promise<ClientLink> {
  const task = await askingOf(unit, loopId);
  await requireContactAllowed(unit.tx, loopId);
  const code = newToken();
  const expiresAt = new Date(unit.now.getTime() + GOOD_FOR_MS);
  await removeLinks(unit.tx, task.id);
  await unit.tx.query('INSERT INTO confirmation_link (digest, task_id, loop_id, expires_at) VALUES ($1, $2, $3, $4)', [
    bytesOf(code),
    task.id,
    loopId,
    expiresAt,
  ]);
  await putByHub(unit, { ...task, status: 'in-progress' });
  recordConfirmation(unit, { loopId, taskId: task.id }, 'link');
  unit.mark(LOOP_MARK, loopId);
  return { code, expiresAt };
}

/** The Task by which the client of a loop is asked, taken until the transaction ends. @throws AppError (422, 409) */
export async function askingOf(unit: UnitOfWork, loopId: string): Promise<StoredTask> {
  const task = await lockAsking(unit, loopId);
  if (task) {
    requireOpen(task);
    return task;
  }
  const text = 'The client of this referral is not asked. Its policy says whether, and when.';
  throw new AppError('unprocessable', 'confirmation.not-asked', text, { issues: [{ text, expression: 'id' }] });
}

/** The questions behind a link, in a language. Nothing of the client is in them. @throws AppError (403) */
export async function lookByLink({ store, policies }: AskingDeps, code: string, language: string): Promise<Form> {
  const { taskId } = await linkOf(store.db, code, store.now());
  const rows = await store.db.query<{ content: Task }>(TASK_SQL, [taskId]);
  const asked = policies.questionnaires.get(questionnaireOf(rows[0]?.content ?? ({} as Task)) ?? '');
  if (!asked) throw notGood();
  return formIn(asked, language);
}

const TASK_SQL = `SELECT content FROM resource WHERE type = 'Task' AND id = $1 AND NOT deleted`;

/** The client answers by a link, which is good no more then. @throws AppError (403, 422) */
export async function answerByLink(
  deps: AskingDeps,
  code: string,
  answers: Readonly<Record<string, Answer>>,
  requestId: string | undefined,
): Promise<void> {
  const { store } = deps;
  const caller = { kind: 'hub', organizationId: hubOf(store), ...(requestId ? { requestId } : {}) } as const;
  await transact(store, caller, async (unit) => {
    const { taskId, loopId } = await linkOf(unit.tx, code, unit.now);
    await lockLoop(unit, loopId);
    const task = await unit.lock<Task>('Task', taskId, BY_HUB);
    // Whoever was faster has used it up.
    await linkOf(unit.tx, code, unit.now);
    if (!task) throw notGood();
    await answerAsked(unit, deps, task, answers, 'link');
  });
}

async function linkOf(sql: Sql, code: string, now: Date): Promise<{ taskId: string; loopId: string }> {
  const [link] = await sql.query<{ taskId: string; loopId: string }>(LINK_SQL, [bytesOf(code), now]);
  if (!link) throw notGood();
  return link;
}

const LINK_SQL = `SELECT task_id AS "taskId", loop_id AS "loopId" FROM confirmation_link WHERE digest = $1 AND expires_at > $2`;

/** Its address. The code stands behind `#`: browsers send that to nobody. */
export function clientLink(hub: string, code: string): string {
  return `${hub}/your-experience#${code}`;
}

function bytesOf(code: string): Buffer {
  return Buffer.from(digestOf(code), 'base64');
}

function notGood(): AppError {
  const text =
    'This link is not good, or no more: each is good for one answer, for 14 days. Ask who gave it to you for a new one.';
  return new AppError('forbidden', 'confirmation.link', text);
}
