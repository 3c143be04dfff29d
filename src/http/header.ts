/**
 * A header of a request as it was sent; undefined where it was not. As express's `request.get`, which looks at the name
 * each time.
 * @param value as `request.headers` has it: read by a name that stands in the code, which costs least
 */
export function header(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
