import type { Task, TaskOutput } from '@medplum/fhirtypes';

const RETRACTED = 'https://careloop.dev/fhir/StructureDefinition/output-retracted';

/** Whether what an output refers to was entered in error, as was said after it had been listed. Pure. */
export function isRetracted({ extension }: TaskOutput): boolean {
  return extension?.some(({ url, valueBoolean }) => url === RETRACTED && valueBoolean === true) ?? false;
}

/** An output that says whether it is so: it stays listed, as it may have been read. Pure. */
export function retracted({ extension, ...output }: TaskOutput, isRetracted: boolean): TaskOutput {
  const others = extension?.filter(({ url }) => url !== RETRACTED) ?? [];
  const all = isRetracted ? [...others, { url: RETRACTED, valueBoolean: true }] : others;
  return { ...output, ...(all.length > 0 ? { extension: all } : {}) };
}

/** What a Task lists as done, and nobody has taken back. Pure. */
export function standingOutputs({ output }: Pick<Task, 'output'>): TaskOutput[] {
  return (output ?? []).filter((each) => !isRetracted(each));
}

/** Whether two outputs refer to the same resource. Pure. */
export function refersToSame(a: TaskOutput, b: TaskOutput): boolean {
  return a.valueReference?.reference !== undefined && a.valueReference.reference === b.valueReference?.reference;
}
