import { isMember } from '../../terminology/expansion.ts';
import type { Surroundings } from '../fhirpath/evaluate.ts';
import type { Node } from '../fhirpath/node.ts';
import type { Walk } from '../walk.ts';

/** What an expression may look at while a walk is at a value. */
export function surroundings(context: Node, { resource, root }: Walk): Surroundings {
  return { resource, root, context, isMember };
}
