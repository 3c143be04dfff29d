/**
 * What was sent and is not there when it is read. Pure.
 * @returns the expressions of what is missing or different; what a server adds is no matter
 */
export function missingFrom(read: unknown, sent: unknown, expression: string): string[] {
  if (sent === undefined) return [];
  if (Array.isArray(sent)) {
    const list = Array.isArray(read) ? read : [];
    return sent.flatMap((each, at) => missingFrom(list[at], each, `${expression}[${at}]`));
  }
  if (typeof sent === 'object' && sent !== null) {
    const there = (typeof read === 'object' && read !== null ? read : {}) as Record<string, unknown>;
    return Object.entries(sent).flatMap(([name, value]) => missingFrom(there[name], value, `${expression}.${name}`));
  }
  return sameValue(read, sent) ? [] : [expression];
}

/** A server may write its own address in front of a reference to a resource of its own. */
function sameValue(read: unknown, sent: unknown): boolean {
  if (read === sent) return true;
  return typeof read === 'string' && typeof sent === 'string' && /^https?:/.test(read) && read.endsWith(`/${sent}`);
}
