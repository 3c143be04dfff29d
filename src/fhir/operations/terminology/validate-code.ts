import { AppError } from '../../../errors.ts';
import type { Store } from '../../store/transact.ts';
import { isAbstract } from '../../terminology/code-system.ts';
import { expand, type Members } from '../../terminology/expand.ts';
import { isIn } from '../../terminology/member.ts';
import { deskOf } from '../find-definition.ts';
import type { Operation } from '../operation.ts';
import { CODING_INPUTS, type CodingAsked, codingsAsked } from './asked/codings.ts';
import { readInputs } from './asked/inputs.ts';
import { type ValueSetAsked, valueSetAsked } from './asked/value-set.ts';
import { asParameters, together, type Verdict, verdictOn } from './verdict.ts';

const SERVED = ['url', 'valueSet', 'valueSetVersion', ...CODING_INPUTS, 'abstract', 'displayLanguage'];

/** Whether a code is in a value set. @see https://hl7.org/fhir/R4/valueset-operation-validate-code.html */
export function validateCodeOperation(store: Store): Operation {
  return {
    name: 'validate-code',
    definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code',
    levels: ['type', 'instance'],
    types: ['ValueSet'],
    affectsState: false,
    run: async (call) => {
      const inputs = readInputs(call, SERVED, 'valueSet');
      const codings = codingsAsked(inputs);
      const mayBeAbstract = inputs.flag('abstract') ?? false;
      const asked = await valueSetAsked(deskOf(store, call), call, inputs);
      const expansion = expand(asked.known, asked.valueSet);
      const members = 'members' in expansion ? expansion.members : undefined;
      const verdicts = codings.map((coding) => judge(asked, members, coding, mayBeAbstract));
      const known = verdicts.filter((verdict) => verdict !== undefined);
      if (known.length < verdicts.length && !known.some(({ result }) => result)) throw cannotTell();
      return { status: 200, resource: asParameters(together(known)) };
    },
  };
}

/** @returns undefined when it cannot be told whether the code is in the value set */
function judge(
  { known, valueSet }: ValueSetAsked,
  members: Members | undefined,
  asked: CodingAsked,
  mayBeAbstract: boolean,
): Verdict | undefined {
  const member = members?.get(asked.system)?.get(asked.code);
  if (members && !member) return { result: false, message: NOT_IN };
  if (!members) {
    const verdict = isIn(known, valueSet, asked);
    if (verdict !== true) return verdict === false ? { result: false, message: NOT_IN } : undefined;
  }
  const concept = known.codeSystem(asked.system)?.concepts.get(asked.code);
  const named = {
    display: member?.display ?? concept?.display,
    designation: member?.designation ?? concept?.designation,
  };
  return verdictOn(asked, named, { abstract: concept ? isAbstract(concept) : false, mayBeAbstract });
}

const NOT_IN = 'The code is not in the value set.';

function cannotTell(): AppError {
  const text =
    'Whether the code is in this value set cannot be told here: it draws on a code system that is not known in full. Ask a terminology server that has it.';
  const issues = [{ text, code: 'not-supported' as const }];
  return new AppError('unprocessable', 'terminology.cannot-tell', text, { issues });
}
