import type { Request } from 'express';
import ipaddr from 'ipaddr.js';
import type { Caller } from '../../fhir/caller.ts';

/** Bits of an IPv6 address that name a network: whoever has one of it has them all. */
const IPV6_NETWORK_BITS = 64;

/** Whose requests are counted together: an address, or the network of it. Pure. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const ip = ipaddr.process(address);
  if (!(ip instanceof ipaddr.IPv6)) return ip.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${ip.toString()}/${IPV6_NETWORK_BITS}`).toString()}/${IPV6_NETWORK_BITS}`;
}

/** Worked out once for each connection where no proxy stands before the hub, and for few addresses where one does. */
const networks = new Map<string, string>();
const MOST_KEPT = 10_000;

/** Where a request comes from: of who sent it to the nearest proxy that is believed. */
export function sentFrom(request: Request): string {
  // Without what proxies say nobody else can have sent it.
  const isProxied = request.headers['x-forwarded-for'] !== undefined;
  const address = (isProxied ? request.ip : request.socket.remoteAddress) ?? '';
  const known = networks.get(address);
  if (known !== undefined) return known;
  if (networks.size >= MOST_KEPT) networks.clear();
  const network = networkOf(address);
  networks.set(address, network);
  return network;
}

/** Who is counted: a program, or a person; undefined for who has this machine. */
export function countedAs(caller: Caller & { readonly personId?: string }): ['person' | 'program', string] | undefined {
  if (caller.personId !== undefined) return ['person', caller.personId];
  return caller.clientId === undefined ? undefined : ['program', caller.clientId];
}
