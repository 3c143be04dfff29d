import type { ActivityDefinition, PlanDefinition } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { PathRunner } from '../../expressions/path-runner.ts';
import type { Store } from '../../store/transact.ts';
import { type Desk, deskOf, findDefinition, readOrNothing } from '../find-definition.ts';
import { type Inputs, readInputs, required, requireServed, resourceInput, textInput } from '../inputs.ts';
import type { Operation, OperationCall } from '../operation.ts';
import { applyActivity } from './apply-activity.ts';
import { applyPlan, finished } from './apply-plan.ts';
import { ACTORS, beginApply, CONTEXTS } from './apply-work.ts';

/**
 * `PlanDefinition/$apply` and `ActivityDefinition/$apply`: what a definition means for one subject. Nothing is stored;
 * who wants it stored sends it.
 */
export function applyOperations(store: Store, paths: PathRunner): Operation[] {
  return [
    {
      ...APPLY,
      definition: 'http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply',
      types: ['PlanDefinition'],
      run: async (call) => {
        const { desk, inputs } = begin(store, call, 'planDefinition');
        const plan = await definitionOf<PlanDefinition>(desk, call, inputs, 'PlanDefinition', 'planDefinition');
        return { status: 200, resource: await applyPlan(await beginApply(store, paths, desk, inputs), plan) };
      },
    },
    {
      ...APPLY,
      definition: 'http://hl7.org/fhir/OperationDefinition/ActivityDefinition-apply',
      types: ['ActivityDefinition'],
      run: async (call) => {
        const { desk, inputs } = begin(store, call, 'activityDefinition');
        const definition = await definitionOf<ActivityDefinition>(
          desk,
          call,
          inputs,
          'ActivityDefinition',
          'activityDefinition',
        );
        const work = await beginApply(store, paths, desk, inputs);
        const made = await applyActivity(work, definition);
        const contained = work.contained.length > 0 ? { contained: work.contained } : {};
        return { status: 200, resource: finished(work, { ...made, ...contained }) };
      },
    },
  ];
}

const APPLY = { name: 'apply', levels: ['type', 'instance'], affectsState: false } as const;

/** @param name of the parameter that is the definition */
function begin(store: Store, call: OperationCall, name: string): { readonly desk: Desk; readonly inputs: Inputs } {
  const inputs = readInputs(call);
  const naming = call.id === undefined ? [name, 'canonical', 'url', 'resource'] : [];
  // Several subjects are refused in words of their own.
  requireServed(inputs, [...naming, 'subject', ...ACTORS, ...CONTEXTS], ['subject', ...CONTEXTS]);
  return { desk: deskOf(store, call), inputs };
}

/** The definition a call is about: the one it is called on, sent, or named by its canonical address. */
async function definitionOf<T extends PlanDefinition | ActivityDefinition>(
  desk: Desk,
  { id }: OperationCall,
  inputs: Inputs,
  type: T['resourceType'],
  name: string,
): Promise<T> {
  const sent = id === undefined ? resourceInput<T>(inputs, type, name) : undefined;
  if (sent) return sent;
  const canonical = (): string =>
    required(textInput(inputs, name, 'canonical', 'url'), name, `a ${type}, or "canonical" with its address`);
  const found =
    id === undefined ? await findDefinition<T>(desk, type, canonical()) : await readOrNothing<T>(desk, type, id);
  if (found) return found;
  const text =
    id === undefined
      ? `There is no ${type} of this address here. Create it first, or send it as "${name}".`
      : `There is no ${type}/${id} here.`;
  throw new AppError('notFound', 'apply.unknown', text, {
    issues: [{ text, expression: id === undefined ? name : undefined }],
  });
}
