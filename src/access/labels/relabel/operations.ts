import type { Coding, Parameters } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { type Inputs, readInputs, required, requireServed, textInput } from '../../../fhir/operations/inputs.ts';
import type { Operation, OperationAnswer, OperationCall } from '../../../fhir/operations/operation.ts';
import type { Store } from '../../../fhir/store/transact.ts';
import type { Stored } from '../../../fhir/store/unit-of-work.ts';
import type { Labelling } from '../label-rule.ts';
import { addLabels, type Relabelling, removeLabels } from './relabel.ts';

const OURS = 'https://careloop.dev/fhir/OperationDefinition';
const LONGEST_REASON = 1_000;

/**
 * `$meta-add` and `$meta-delete`, for security labels: R4's, and why, which is asked for.
 * @see https://hl7.org/fhir/R4/resource-operation-meta-add.html
 * @see https://hl7.org/fhir/R4/resource-operation-meta-delete.html
 */
export function labelOperations(store: Store, labelling: Labelling): readonly Operation[] {
  const offered = (name: string, change: (call: OperationCall, asked: Relabelling) => Promise<Stored>): Operation => ({
    name,
    definition: `${OURS}/${name}`,
    levels: ['instance'],
    types: '*',
    affectsState: true,
    run: async (call) => answerWith(await change(call, askedIn(call))),
  });
  return [
    offered('meta-add', ({ caller }, asked) => addLabels(store, caller, asked)),
    offered('meta-delete', ({ caller }, asked) => removeLabels(store, caller, labelling, asked)),
  ];
}

function askedIn(call: OperationCall): Relabelling {
  const inputs = readInputs(call);
  requireServed(inputs, ['meta', 'reason']);
  const reason = required(textInput(inputs, 'reason')?.trim() || undefined, 'reason', 'a sentence that says why');
  if (reason.length > LONGEST_REASON) throw unusable(`Say why in at most ${LONGEST_REASON} characters.`, 'reason');
  return { type: call.type ?? '', id: call.id ?? '', labels: labelsOf(inputs), reason };
}

function labelsOf(inputs: Inputs): readonly Coding[] {
  const example = '{"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]}';
  const meta = required(inputs.find(({ name }) => name === 'meta')?.valueMeta, 'meta', `a valueMeta: ${example}`);
  const others = Object.keys(meta).filter((name) => name !== 'security');
  if (others.length > 0) throw unusable('Only meta.security is changed here. Leave the rest of meta out.', 'meta');
  const security = meta.security ?? [];
  if (security.length > 0 && security.every(({ system, code }) => system && code)) return security;
  throw unusable('Name at least one label in meta.security, each with its system and code.', 'meta');
}

function unusable(text: string, name: string): AppError {
  return new AppError('invalid', 'labels.input', text, {
    issues: [{ text, expression: `Parameters.parameter.where(name='${name}')` }],
  });
}

function answerWith({ meta }: Stored): OperationAnswer {
  const resource: Parameters = { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta: meta ?? {} }] };
  return { status: 200, resource };
}
