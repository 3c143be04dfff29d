import type { QuestionnaireResponseItem } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import type { LoopDetail } from '../api.ts';
import type { ConfirmationCode } from './standing.ts';

interface Asked {
  readonly id: string;
  readonly confirmation: ConfirmationCode | null;
  readonly need_remains: boolean | null;
}

/** What a loop shows of asking its client, to people and programs of the hub. */
export async function confirmationOf(
  sql: Sql,
  { id, confirmation, need_remains }: Asked,
): Promise<LoopDetail['confirmation']> {
  if (!confirmation) return null;
  const [asked] = await sql.query<{ task: string; items: QuestionnaireResponseItem[] | null }>(ASKED_SQL, [id]);
  const answers = (asked?.items ?? []).flatMap(inWords);
  return { state: confirmation, needRemains: need_remains, task: asked?.task ?? '', answers };
}

function inWords({
  linkId,
  text,
  answer,
}: QuestionnaireResponseItem): { question: string; answer: string | boolean }[] {
  const { valueBoolean, valueCoding, valueString } = answer?.[0] ?? {};
  const said = valueBoolean ?? valueCoding?.display ?? valueCoding?.code ?? valueString;
  return said === undefined ? [] : [{ question: text ?? linkId, answer: said }];
}

const ASKED_SQL = `
  SELECT event.task_id AS task, (SELECT content -> 'item' FROM resource
    WHERE type = 'QuestionnaireResponse' AND NOT deleted
      AND id = split_part(asked.content #>> '{output,0,valueReference,reference}', '/', 2)) AS items
  FROM confirmation_event AS event JOIN resource AS asked ON asked.type = 'Task' AND asked.id = event.task_id
  WHERE event.loop_id = $1 AND event.what = 'asked' LIMIT 1`;
