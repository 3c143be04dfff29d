import { z } from 'zod';

type Shape = z.core.$ZodLooseShape;

/** An object that has no other keys than these; an unknown one is refused with those that are allowed. */
export function withKeys<T extends Shape>(shape: T): z.ZodObject<T, z.core.$strict> {
  const names = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `Unknown: ${issue.keys.join(', ')}. Allowed: ${names}.` : undefined,
  });
}

/** An object of which each of these keys may be left out. */
export function withSomeOf<Name extends string, T extends z.ZodType>(
  names: readonly Name[],
  value: T,
): z.ZodObject<Record<Name, z.ZodOptional<T>>, z.core.$strict> {
  const shape = Object.fromEntries(names.map((name) => [name, value.optional()]));
  return withKeys(shape as Record<Name, z.ZodOptional<T>>);
}
