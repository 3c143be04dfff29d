import { expect, test } from '@jest/globals';
import type { CodeableConcept, Task, TaskOutput } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { labelsByCodes, loadCodeLists } from '../../../../src/access/labels/code-lists.ts';
import { type Statement, withoutLabelled } from '../../../../src/referrals/updates/statements.ts';

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const OURS = 'https://careloop.dev/fhir/CodeSystem/';
const labelsOf = loadCodeLists();
const labels = (said: object): string[] => labelsByCodes(said as Task, labelsOf);

const coding = fc.constantFrom(
  { system: ICD, code: 'F11.20' },
  { system: ICD, code: 'F20.0', display: 'a secret' },
  { system: ICD, code: 'Z59.41', display: 'Food insecurity' },
  { system: `${OURS}progress`, code: 'appointment-booked' },
  { system: `${OURS}outcome`, code: 'not-eligible' },
);
const concept: fc.Arbitrary<CodeableConcept> = fc.record(
  { coding: fc.array(coding, { minLength: 1, maxLength: 3 }), text: fc.constantFrom('said', 'so') },
  { requiredKeys: ['coding'] },
);
const output: fc.Arbitrary<TaskOutput> = fc.oneof(
  fc.record({ type: concept, valueCodeableConcept: concept }),
  fc.record({ type: concept, valueString: fc.constantFrom('a', 'b') }),
  fc.record({ type: concept, valueReference: fc.constant({ reference: 'Procedure/p' }) }),
);
const task: fc.Arbitrary<Task> = fc
  .record(
    { statusReason: concept, businessStatus: concept, output: fc.array(output, { minLength: 1, maxLength: 3 }) },
    { requiredKeys: [] },
  )
  .map((said) => ({ resourceType: 'Task', status: 'on-hold', intent: 'order', ...said }));
const NOTHING: Task = { resourceType: 'Task', status: 'accepted', intent: 'order' };

/** What a Task is left as, and what was taken out of it; the same words have the same reference. */
async function apart(before: Task, said: Task): Promise<{ left: Task; taken: Statement[] }> {
  const taken: Statement[] = [];
  const left = await withoutLabelled(before, said, labels, async (statement) => {
    const text = JSON.stringify(statement);
    if (!taken.some((each) => JSON.stringify(each) === text)) taken.push(statement);
    return `Communication/${Buffer.from(text).toString('hex').length}-${text.length}`;
  });
  return { left, taken };
}

test('nothing labelled is left of what is newly said, and all of it is kept', () =>
  fc.assert(
    fc.asyncProperty(task, async (said) => {
      const { left, taken } = await apart(NOTHING, said);
      expect(labels(left)).toEqual([]);
      expect(new Set(taken.flatMap(labels))).toEqual(new Set(labels(said)));
    }),
  ));

test('what is not labelled stays to the letter: status, our codes, what an output refers to', () =>
  fc.assert(
    fc.asyncProperty(task, async (said) => {
      const { left } = await apart(NOTHING, said);
      expect(left.status).toBe(said.status);
      const ours = ({ coding = [] }: CodeableConcept = {}): unknown[] =>
        coding.filter(({ system }) => system?.startsWith(OURS));
      for (const name of ['statusReason', 'businessStatus'] as const) {
        expect(ours(left[name])).toEqual(ours(said[name]));
        if (labels(said[name] ?? {}).length === 0) expect(left[name]).toEqual(said[name]);
      }
      const plain = (said.output ?? []).filter((each) => labels(each).length === 0);
      expect(left.output ?? []).toEqual(expect.arrayContaining(plain));
      expect((left.output ?? []).length > 0).toBe((said.output ?? []).length > 0);
    }),
  ));

test('said again it changes nothing, and what stood there before is left alone', () =>
  fc.assert(
    fc.asyncProperty(task, async (said) => {
      const { left } = await apart(NOTHING, said);
      const again = await apart(left, left);
      expect(again).toEqual({ left, taken: [] });
      expect((await apart(said, said)).taken).toEqual([]);
    }),
  ));
