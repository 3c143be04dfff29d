import { isObject } from '../walk.ts';
import type { ProfileNode } from './tree.ts';

/** A sentence that says by what a value is in a slice: a code, a fixed value, a value set. Nothing where it is told otherwise. */
export function tellSlice(sliced: ProfileNode, slice: ProfileNode): string {
  const marks = (sliced.rules.slicing?.discriminator ?? []).flatMap(({ path = '$this' }) => {
    const mark = markOf(at(slice, path));
    return mark === undefined ? [] : [path === '$this' ? mark : `${path} is ${mark}`];
  });
  return marks.length === 0 ? '' : ` It is told by this: ${marks.join('; ')}.`;
}

function at(slice: ProfileNode, path: string): ProfileNode | undefined {
  if (path === '$this') return slice;
  return path.split('.').reduce<ProfileNode | undefined>((node, step) => node?.children.get(step), slice);
}

function markOf(node: ProfileNode | undefined): string | undefined {
  const { fixed, pattern, binding } = node?.rules ?? {};
  const value = fixed ?? pattern;
  if (value !== undefined) return shown(value);
  const inner = [...(node?.children.values() ?? [])].flatMap((child) => markOf(child) ?? []);
  if (inner.length > 0) return inner.join(', ');
  if (binding?.strength !== 'required' || binding.valueSet === undefined) return undefined;
  return `a code of the value set ${binding.valueSet.split('|')[0]}`;
}

/** A code with its system; anything else as JSON. */
function shown(value: unknown): string {
  const [coding] = isObject(value) && Array.isArray(value.coding) ? (value.coding as unknown[]) : [value];
  if (isObject(coding) && typeof coding.code === 'string') return `the code ${coding.code} of ${coding.system}`;
  return JSON.stringify(coding);
}
