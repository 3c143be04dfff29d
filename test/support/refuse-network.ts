import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction, Socket } from 'node:net';

/** No test reaches anything but this machine: a connection to another host fails at once, by whatever library. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
const GUARDED = Symbol.for('careloop.test.refuse-network');

interface Target {
  readonly host?: string;
  readonly path?: string;
  readonly lookup?: LookupFunction;
}

/** What Node's own callers pass: a list that starts with the target, the target, a port and a host, or a path. */
type Arguments = [unknown, ...unknown[]];

const prototype = Socket.prototype as unknown as Record<symbol, unknown> & { connect(...args: Arguments): Socket };

// Sockets are shared by all test files of one process, and one guard is enough for them.
if (!prototype[GUARDED]) {
  const { connect } = prototype;
  prototype.connect = function connectHere(this: Socket, ...args: Arguments): Socket {
    const target = targetOf(args);
    const host = target.path ? 'localhost' : (target.host ?? 'localhost');
    if (LOOPBACK.test(host)) return connect.apply(this, args);
    // Who brings a lookup of its own (nock does) asks nobody; what it answers is held to the same rule.
    if (!isIP(host) && target.lookup) return connect.apply(this, withLookup(args, onlyHere(target.lookup)));
    // As Node tells of a connection that failed: later, and by the socket.
    return this.destroy(refusal(host));
  };
  prototype[GUARDED] = true;
}

function targetOf(args: Arguments): Target {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === 'object' && first !== null) return first;
  return typeof args[1] === 'string' ? { host: args[1] } : {};
}

function withLookup(args: Arguments, lookup: LookupFunction): Arguments {
  const [first, ...rest] = args;
  // Node marks its own list with a symbol, so it stays the same list.
  if (Array.isArray(first)) {
    first[0] = { ...first[0], lookup };
    return args;
  }
  return [{ ...(first as Target), lookup }, ...rest];
}

function onlyHere(lookup: LookupFunction): LookupFunction {
  return (name, options, answer) =>
    lookup(name, options, (failed, address, family) => {
      const addresses = typeof address === 'string' ? [{ address, family: family ?? 4 }] : address;
      const outside = (addresses as LookupAddress[] | undefined)?.find((each) => !LOOPBACK.test(each.address));
      answer(failed ?? (outside ? refusal(outside.address) : null), address, family);
    });
}

function refusal(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`Tests stay on this machine, and this one asked for ${host}.`), {
    code: 'ENETUNREACH',
  });
}
