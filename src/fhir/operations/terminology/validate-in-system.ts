import type { CodeSystem } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { Store } from '../../store/transact.ts';
import { indexCodeSystem, isAbstract, type KnownCodeSystem } from '../../terminology/code-system.ts';
import { hasForm } from '../../terminology/syntax.ts';
import { deskOf } from '../find-definition.ts';
import type { Operation, OperationCall } from '../operation.ts';
import { codeSystemNamed, codeSystemOf } from './asked/code-system.ts';
import { type CodingAsked, codingsAsked } from './asked/codings.ts';
import { type Inputs, invalid, readInputs } from './asked/inputs.ts';
import type { Asking } from './asked/stored.ts';
import { asParameters, together, type Verdict, verdictOn } from './verdict.ts';

const SERVED = [
  'url',
  'codeSystem',
  'version',
  'code',
  'display',
  'coding',
  'codeableConcept',
  'abstract',
  'displayLanguage',
];

/** Whether a code is one of a code system. @see https://hl7.org/fhir/R4/codesystem-operation-validate-code.html */
export function validateInSystemOperation(store: Store): Operation {
  return {
    name: 'validate-code',
    definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code',
    levels: ['type', 'instance'],
    types: ['CodeSystem'],
    affectsState: false,
    run: async (call) => {
      const inputs = readInputs(call, SERVED, 'codeSystem');
      const system = await systemAsked(deskOf(store, call), call, inputs);
      const mayBeAbstract = inputs.flag('abstract') ?? false;
      const verdicts = codingsAsked(withoutSystem(inputs), system.url).map((asked) =>
        judge(system, asked, mayBeAbstract),
      );
      return { status: 200, resource: asParameters(together(verdicts)) };
    },
  };
}

/** A code is of the system the call is about. */
function withoutSystem(inputs: Inputs): Inputs {
  return { ...inputs, text: (name) => (name === 'system' ? undefined : inputs.text(name)) };
}

async function systemAsked(asking: Asking, call: OperationCall, inputs: Inputs): Promise<KnownCodeSystem> {
  const sent: CodeSystem | undefined = inputs.resource('CodeSystem', 'codeSystem');
  const url = inputs.text('url') ?? (sent ? undefined : inputs.coding('coding')?.system);
  if (call.level === 'instance') return codeSystemOf(asking, call);
  if (sent) return indexCodeSystem(wellFormed(sent));
  if (url === undefined) throw invalid('url', 'Name the code system by url, or by calling the operation on it.');
  return codeSystemNamed(asking, url, inputs.text('version'));
}

/** What is sent was never validated: it is enough that what is read of it is of the right shape. */
function wellFormed(system: CodeSystem): CodeSystem {
  const waiting: unknown[] = [{ code: '', concept: system.concept ?? [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { code, property = [], concept = [] } = next as Readonly<Record<string, unknown>>;
    if (typeof code !== 'string' || !areObjects(property) || !areObjects(concept)) throw malformed();
    for (const each of concept) waiting.push(each);
  }
  return system;
}

function areObjects(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null);
}

function malformed(): AppError {
  return invalid('codeSystem', 'The code system is not valid FHIR R4. Ask CodeSystem/$validate what is wrong with it.');
}

function judge(system: KnownCodeSystem, asked: CodingAsked, mayBeAbstract: boolean): Verdict {
  if (asked.system !== system.url) return { result: false, message: 'The code is of another code system.' };
  const concept = system.concepts.get(asked.code);
  if (concept) return verdictOn(asked, concept, { abstract: isAbstract(concept), mayBeAbstract });
  if (system.complete) return { result: false, message: 'The code system has no such code.' };
  const formed = hasForm(system.url, asked.code);
  if (formed !== undefined)
    return formed ? { result: true } : { result: false, message: 'The code is not well formed.' };
  const text =
    'Whether the code system has this code cannot be told here: it is known in part only. Ask a terminology server that has it.';
  throw new AppError('unprocessable', 'terminology.cannot-tell', text, { issues: [{ text, code: 'not-supported' }] });
}
