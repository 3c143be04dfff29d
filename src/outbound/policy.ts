import ipaddr from 'ipaddr.js';

/** Where the hub's own calls may go: to partners' servers and to subscribers' endpoints. */
export interface OutboundPolicy {
  /** Plain http: to nobody, to this machine only, or to everybody. */
  readonly http: 'never' | 'loopback' | 'always';
  /** Networks that may be called though they are not public. */
  readonly networks: readonly Network[];
}

/** An address and how many of its bits name the network. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Reads networks written as `10.2.0.0/16,fd00::/8`.
 * @throws Error that names the one that is none
 */
export function readNetworks(text: string): Network[] {
  const written = text.split(',').map((each) => each.trim());
  return written
    .filter((each) => each !== '')
    .map((each) => {
      if (!ipaddr.isValidCIDR(each)) throw new Error(`"${each}" is no network. Write it as 10.2.0.0/16 or fd00::/8.`);
      return ipaddr.parseCIDR(each);
    });
}

/**
 * Whether a connection to an IP address may be made: to a public one, or one of the policy's networks. An address that
 * carries another one (IPv4 in IPv6) is judged by that. Pure.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export function mayConnect(address: string, { networks }: OutboundPolicy): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  return isPublic(ip) || networks.some(([network, bits]) => isWithin(ip, network, bits));
}

function isPublic(ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return ip.range() === 'unicast' && (ip.kind() === 'ipv4' || ip.match(...GLOBAL_UNICAST));
}

/** What IPv6 has given out so far. @see https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

function isWithin(ip: ipaddr.IPv4 | ipaddr.IPv6, network: ipaddr.IPv4 | ipaddr.IPv6, bits: number): boolean {
  return ip.kind() === network.kind() && ip.match(network, bits);
}

/** Why the hub does not call an address. */
export type Problem = 'not-http' | 'credentials' | 'fragment' | 'not-encrypted' | 'network';

/**
 * Why the hub does not call an address, as far as it can be told without asking where its name leads; undefined when
 * nothing speaks against it. Pure.
 */
export function problemOf(address: string, policy: OutboundPolicy): Problem | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return 'not-http';
  if (url.username || url.password) return 'credentials';
  if (url.hash) return 'fragment';
  if (!isEncryptedEnough(url, policy.http)) return 'not-encrypted';
  const literal = literalOf(url.hostname);
  return literal !== undefined && !mayConnect(literal, policy) ? 'network' : undefined;
}

function isEncryptedEnough({ protocol, hostname }: URL, http: OutboundPolicy['http']): boolean {
  if (protocol === 'https:' || http === 'always') return true;
  const literal = literalOf(hostname);
  const isHere = hostname === 'localhost' || (literal !== undefined && ipaddr.process(literal).range() === 'loopback');
  return http === 'loopback' && isHere;
}

/** The IP address that stands in the place of a host's name; undefined when a name does. */
function literalOf(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? bare : undefined;
}
