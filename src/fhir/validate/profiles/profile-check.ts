import type { Node, Nodes } from '../fhirpath/node.ts';
import type { Walk } from '../walk.ts';
import type { ProfileNode } from './tree.ts';

/** Checks one value against a profile, at the place where the walk is. */
export type ProfileCheck = (node: Node, walk: Walk) => void;

/** Checks the values of one element of `owner` together, e.g. how they fall into slices. */
export type ListCheck = (owner: Node, found: Nodes, walk: Walk) => void;

/** What the parts of the compiler share while they compile one profile. */
export interface Compiler {
  readonly root: ProfileNode;
  readonly name: string;
  /** The check of another profile; nothing when it is not known here. */
  readonly find: (canonical: string) => ProfileCheck | undefined;
  /** The check of one value against an element of the profile; nothing when it asks for nothing. */
  readonly content: (node: ProfileNode) => ProfileCheck | undefined;
}

/** Whether a value passes a check, without noting anything. */
export function passes(check: ProfileCheck, node: Node, walk: Walk): boolean {
  const trial: Walk = { ...walk, findings: [], faults: 0, withWarnings: false };
  check(node, trial);
  return trial.faults === 0;
}

/** Does something while the walk is at a value of an element. */
export function atValue(owner: Node, name: string, value: Node, at: number, walk: Walk, act: () => void): void {
  const element = owner.model?.byName.get(name)?.[0];
  const { path } = walk;
  const { length } = path;
  path.push(element?.isChoice ? `${name}.ofType(${value.model?.name})` : name);
  if (element?.rules.isList) path.push(at);
  act();
  path.length = length;
}

export function tooFew(name: string, min: number): string {
  return min === 1 ? `${name} is required. Add it.` : `${name} is required ${min} times at least. Add what is missing.`;
}

export function tooMany(name: string, max: number): string {
  return max === 0
    ? `${name} may not be given. Leave it out.`
    : `${name} may be given ${max} times at most. Leave the others out.`;
}
