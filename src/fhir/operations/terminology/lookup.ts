import type { Parameters, ParametersParameter } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { Store } from '../../store/transact.ts';
import type { KnownCodeSystem, KnownConcept } from '../../terminology/code-system.ts';
import { deskOf } from '../find-definition.ts';
import type { Operation } from '../operation.ts';
import { codeSystemNamed } from './asked/code-system.ts';
import { codingsAsked } from './asked/codings.ts';
import { readInputs } from './asked/inputs.ts';
import { displayIn } from './expand.ts';

const SERVED = ['code', 'system', 'version', 'coding', 'displayLanguage', 'property'];

/** What is known of a code. @see https://hl7.org/fhir/R4/codesystem-operation-lookup.html */
export function lookupOperation(store: Store): Operation {
  return {
    name: 'lookup',
    definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
    levels: ['type'],
    types: ['CodeSystem'],
    affectsState: false,
    run: async (call) => {
      const inputs = readInputs(call, SERVED);
      const [asked] = codingsAsked({ ...inputs, concept: () => undefined });
      const asking = deskOf(store, call);
      const system = await codeSystemNamed(asking, asked?.system ?? '', inputs.text('version'));
      const concept = system.concepts.get(asked?.code ?? '');
      if (!concept) throw unknownCode(system);
      return {
        status: 200,
        resource: described(system, concept, inputs.text('displayLanguage'), inputs.texts('property')),
      };
    },
  };
}

/** @param wanted which properties; none: all of them */
function described(
  system: KnownCodeSystem,
  concept: KnownConcept,
  language: string | undefined,
  wanted: readonly string[],
): Parameters {
  const display = displayIn(concept, language);
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'name', valueString: system.name ?? system.url },
      ...(system.version ? [{ name: 'version', valueString: system.version }] : []),
      { name: 'display', valueString: display ?? concept.code },
      ...(isWanted('designation') ? (concept.designation ?? []).map(designation) : []),
      ...properties(concept).filter(({ part }) => isWanted(part?.[0]?.valueCode ?? '')),
    ],
  };
}

function designation({ language, use, value }: NonNullable<KnownConcept['designation']>[number]): ParametersParameter {
  const part = [
    ...(language ? [{ name: 'language', valueCode: language }] : []),
    ...(use ? [{ name: 'use', valueCoding: use }] : []),
    { name: 'value', valueString: value ?? '' },
  ];
  return { name: 'designation', part };
}

function properties({ definition, parents, children, property = [] }: KnownConcept): ParametersParameter[] {
  const related = (code: string, codes: ReadonlySet<string>): ParametersParameter[] =>
    [...codes].map((valueCode) => asProperty(code, { valueCode }));
  const own = property.filter(({ code }) => code !== 'parent' && code !== 'child');
  return [
    ...(definition ? [asProperty('definition', { valueString: definition })] : []),
    ...related('parent', parents),
    ...related('child', children),
    ...own.map(({ code, id: _id, extension: _extension, ...value }) => asProperty(code ?? '', value)),
  ];
}

function asProperty(code: string, value: object): ParametersParameter {
  return {
    name: 'property',
    part: [
      { name: 'code', valueCode: code },
      { name: 'value', ...value },
    ],
  };
}

function unknownCode({ complete }: KnownCodeSystem): AppError {
  const text = complete
    ? 'The code system has no such code.'
    : 'The code is not among those of the code system that are known here. Ask a terminology server that has all of it.';
  return new AppError('notFound', 'terminology.unknown-code', text);
}
