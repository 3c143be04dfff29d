import type { Element } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { type Binding, isVariableName } from '../../expressions/question.ts';
import { note, noteError, orNoteLater } from '../notes.ts';
import { runFhirQuery } from './fhir-query.ts';
import { EXTENSIONS, expressionsOf, type PlacedExpression } from './sdc.ts';
import type { Work } from './work.ts';

/** The names that are known at some place of a questionnaire, outer ones first. */
export interface Scope {
  readonly bindings: readonly Binding[];
}

/** A scope in which one more name is known. */
export function withValue(scope: Scope, name: string, value: unknown): Scope {
  return { bindings: [...scope.bindings, { name, value }] };
}

/**
 * A scope that knows the variables an element declares. What is not FHIRPath is asked once, now.
 * @see http://hl7.org/fhir/uv/sdc/expressions.html#variables
 */
export async function withVariables(work: Work, scope: Scope, element: Element, place: string): Promise<Scope> {
  let inner = scope;
  for (const formula of expressionsOf(element, EXTENSIONS.variable, place)) {
    const { name } = formula;
    if (name === undefined || !isVariableName(name)) {
      note(work.notes, 'A variable needs a name of letters, digits, - and _. It was left out.', formula.place);
    } else if (formula.language === 'text/fhirpath') {
      inner = { bindings: [...inner.bindings, { name, formula }] };
    } else {
      inner = withValue(inner, name, await orNoteLater(work.notes, () => evaluateLater(work, inner, formula)));
    }
  }
  return inner;
}

/** What an expression is asked of: the response itself unless it is a part of it. */
export interface Focus {
  readonly focus: unknown;
  readonly base?: string | undefined;
}

/**
 * The values of an expression for the response as it stands now. Formulas it uses that fail are said, and stand for
 * nothing.
 * @throws AppError (422) when it cannot be evaluated, or is in another language than FHIRPath
 */
export async function evaluateIn(
  work: Work,
  scope: Scope,
  formula: PlacedExpression,
  at: Focus = { focus: work.response },
): Promise<unknown[]> {
  if (formula.language !== 'text/fhirpath') throw otherLanguage(formula);
  const { expression, place } = formula;
  const bindings = [{ name: 'resource', value: work.response }, ...scope.bindings];
  const { values, failed } = await work.paths.evaluate(work.budget, { expression, place, bindings, ...at });
  for (const each of failed) noteError(work.notes, each);
  return values;
}

/** Likewise, where a search (`application/x-fhir-query`) may stand too: its one value is the Bundle. */
export async function evaluateLater(work: Work, scope: Scope, formula: PlacedExpression): Promise<unknown[]> {
  if (formula.language !== 'application/x-fhir-query') return evaluateIn(work, scope, formula);
  return runFhirQuery(work, formula, (part) => evaluateIn(work, scope, part));
}

function otherLanguage({ language, place }: PlacedExpression): AppError {
  const named = language === 'text/cql' || language === 'text/cql-identifier' ? 'CQL' : 'its language';
  const text = `This expression was not evaluated: ${named} is not spoken here. Write it in FHIRPath (text/fhirpath).`;
  return new AppError('unprocessable', 'expression.language', text, {
    issues: [{ text, expression: place, code: 'not-supported' }],
  });
}
