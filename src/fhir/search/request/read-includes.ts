import { AppError } from '../../../errors.ts';
import { isKnownType } from '../../definitions.ts';
import { refuseApart } from '../apart.ts';
import { shown } from '../conditions/refusal.ts';
import { parametersOf } from '../parameters/parameter.ts';
import type { Inclusion } from './search-request.ts';

/** Whether a parameter asks for resources to be brought along. */
export function isInclusion(name: string): boolean {
  return /^_(rev)?include(:|$)/.test(name);
}

/**
 * Reads `_include` or `_revinclude`: `Type:parameter`, `Type:parameter:TargetType`, `Type:*` or `*`.
 * @throws AppError (400) when there is no such reference
 * @see https://hl7.org/fhir/R4/search.html#include
 */
export function readInclusion(name: string, value: string): Inclusion {
  const modifier = name.split(':')[1];
  if (modifier !== undefined && modifier !== 'iterate') {
    throw refusedInclusion(name, 'The only modifier of it is :iterate.');
  }
  const iterate = modifier === 'iterate';
  if (value === '*') return { source: undefined, code: undefined, target: undefined, iterate };
  const [source = '', code = '', target, ...more] = value.split(':');
  if (!isKnownType(source) || code === '' || more.length > 0) {
    throw refusedInclusion(name, 'Write Type:parameter, Type:parameter:TargetType, Type:* or *.');
  }
  if (target !== undefined && !isKnownType(target)) {
    throw refusedInclusion(name, 'The last part of its value is no R4 resource type.');
  }
  refuseApart(source, target);
  if (code === '*') return { source, code: undefined, target, iterate };
  if (parametersOf(source).get(code)?.type !== 'reference') {
    throw refusedInclusion(name, `${source} has no reference parameter of this name.`);
  }
  return { source, code, target, iterate };
}

function refusedInclusion(name: string, why: string): AppError {
  return new AppError('invalid', 'search.include', `The parameter ${shown(name)} cannot be used so. ${why}`);
}
