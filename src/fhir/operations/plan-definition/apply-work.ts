import type { Reference, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { PathRunner } from '../../expressions/path-runner.ts';
import { type Binding, type PathBudget, pathBudget } from '../../expressions/question.ts';
import type { Store } from '../../store/transact.ts';
import { type Desk, readReference } from '../find-definition.ts';
import { choiceValue, type Inputs, inputsNamed, required, textInput, textOf } from '../inputs.ts';
import type { Notes } from '../notes.ts';

/** What one application works with: for whom, by whom, when, and what came of it so far. */
export interface ApplyWork {
  readonly desk: Desk;
  readonly paths: PathRunner;
  readonly budget: PathBudget;
  readonly notes: Notes;
  readonly subject: Resource;
  readonly encounter: Reference | undefined;
  readonly practitioner: Reference | undefined;
  readonly organization: Reference | undefined;
  /** What expressions may name: `%subject`, `%patient`, `%encounter`, `%practitioner`, `%organization`, `%setting` … */
  readonly variables: ReadonlyMap<string, unknown>;
  /** The resources that the plan of the result contains. */
  readonly contained: Resource[];
  /** What definitions contain and their results refer to, with the ids it has in the result. */
  readonly carried: Map<string, string>;
  /** How many more actions there may be. */
  actionsLeft: number;
}

/** Parameters that name who takes part. */
export const ACTORS = ['encounter', 'practitioner', 'organization'] as const;
/** Parameters that say more of the circumstances. */
export const CONTEXTS = ['userType', 'userLanguage', 'userTaskContext', 'setting', 'settingContext'] as const;

/** @throws AppError (400) when there is no subject, or several, (422) when somebody named is not here */
export async function beginApply(store: Store, paths: PathRunner, desk: Desk, inputs: Inputs): Promise<ApplyWork> {
  const subjects = inputsNamed(inputs, 'subject');
  if (subjects.length > 1) {
    const text = 'A definition is applied to one subject at a time: send one "subject".';
    throw new AppError('invalid', 'apply.subjects', text, { issues: [{ text, expression: 'subject' }] });
  }
  const subject = await found(desk, 'subject', required(subjects[0] && textOf(subjects[0]), 'subject', 'Patient/123'));
  const variables = new Map<string, unknown>([
    ['resource', subject],
    ['subject', subject],
  ]);
  if (subject.resourceType === 'Patient') variables.set('patient', subject);
  for (const name of ACTORS) {
    const said = textInput(inputs, name);
    variables.set(name, said === undefined ? [] : await found(desk, name, said));
  }
  for (const name of CONTEXTS) variables.set(name, inputsNamed(inputs, name).map(choiceValue));
  const [encounter, practitioner, organization] = ACTORS.map((name) => referenceTo(variables.get(name)));
  const budget = pathBudget(store.now());
  return {
    desk,
    paths,
    budget,
    notes: { issues: [] },
    subject,
    encounter,
    practitioner,
    organization,
    variables,
    contained: [],
    carried: new Map(),
    actionsLeft: 500,
  };
}

async function found(desk: Desk, name: string, reference: string): Promise<Resource> {
  const resource = await readReference(desk, reference);
  if (resource) return resource;
  const text = `What "${name}" refers to is not here: name a resource of this server by type and id.`;
  throw new AppError('unprocessable', 'apply.not-found', text, {
    issues: [{ text, expression: name, code: 'not-found' }],
  });
}

function referenceTo(value: unknown): Reference | undefined {
  const { resourceType, id } = (Array.isArray(value) ? {} : value) as Partial<Resource>;
  return resourceType && id ? { reference: `${resourceType}/${id}` } : undefined;
}

/** The reference to the subject. */
export function subjectOf({ subject }: ApplyWork): Reference {
  return { reference: `${subject.resourceType}/${subject.id}` };
}

/** An expression as definitions have it. */
export interface Said {
  readonly language?: string | undefined;
  readonly expression?: string | undefined;
}

/**
 * The values of an expression over the subject. @param place where it stands
 * @throws AppError (422) when it is not FHIRPath, or cannot be evaluated
 */
export async function valuesOf(
  { paths, budget, variables, subject }: ApplyWork,
  said: Said | undefined,
  place: string,
): Promise<unknown[]> {
  const { language = 'text/fhirpath', expression } = said ?? {};
  if (language !== 'text/fhirpath') {
    const named = language.startsWith('text/cql') ? 'CQL' : 'its language';
    throw refused(
      `This expression cannot be evaluated: ${named} is not spoken here. Write it in FHIRPath (text/fhirpath).`,
      place,
      'not-supported',
    );
  }
  if (!expression)
    throw refused('There is no expression here. Write it into "expression", in FHIRPath.', place, 'required');
  const bindings = [...variables].map(([name, value]): Binding => ({ name, value }));
  return (await paths.evaluate(budget, { expression, place, focus: subject, bindings })).values;
}

/** What a definition says that cannot be done, and where. */
export function refused(text: string, expression: string, code?: 'not-found' | 'not-supported' | 'required'): AppError {
  return new AppError('unprocessable', 'apply.not-applicable', text, {
    issues: [{ text, expression, ...(code ? { code } : {}) }],
  });
}
