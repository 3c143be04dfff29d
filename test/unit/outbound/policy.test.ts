import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mayConnect, type OutboundPolicy, problemOf, readNetworks } from '../../../src/outbound/policy.ts';

const PUBLIC_ONLY: OutboundPolicy = { http: 'always', networks: [] };
const HERE: OutboundPolicy = { http: 'loopback', networks: readNetworks('127.0.0.1/32, ::1/128') };

describe('an IP address', () => {
  test.each([
    ['192.0.0.1', false],
    ['127.0.0.1', false],
    ['127.255.255.254', false],
    ['10.0.0.1', false],
    ['172.16.0.1', false],
    ['172.32.0.1', true],
    ['192.168.1.1', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['8.8.8.8', true],
    ['::', false],
    ['::1', false],
    ['fe80::1', false],
    ['fe80::1%eth0', false],
    ['fc00::1', false],
    ['fd12::1', false],
    ['ff02::1', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:7f00:1', false],
    ['::ffff:10.0.0.1', false],
    ['::ffff:8.8.8.8', true],
    ['::7f00:1', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
    ['2001:0:7f00:1::', false],
    ['2606:4700::1', true],
    ['', false],
    ['localhost', false],
    ['127.0.0.1.', false],
  ])('%s may be called, where only the public internet may: %p', (address, may) => {
    expect(mayConnect(address, PUBLIC_ONLY)).toBe(may);
  });

  test.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['127.0.0.2', false],
    ['::1', true],
    ['10.0.0.1', false],
    ['8.8.8.8', true],
  ])('%s may be called, where this machine may too: %p', (address, may) => {
    expect(mayConnect(address, HERE)).toBe(may);
  });

  test('of any network that is not public may not', () => {
    const inside = fc
      .constantFrom('10', '127', '0', '240')
      .chain((first) => fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => [first, ...rest].join('.')));
    fc.assert(
      fc.property(inside, (address) => {
        expect([mayConnect(address, PUBLIC_ONLY), mayConnect(`::ffff:${address}`, PUBLIC_ONLY)]).toEqual([
          false,
          false,
        ]);
      }),
    );
  });
});

describe('an address to call', () => {
  test.each([
    ['https://a.example/hook', undefined],
    ['http://a.example/hook', 'not-encrypted'],
    ['http://127.0.0.1:8080/hook', undefined],
    ['http://2130706433/hook', undefined],
    ['https://127.0.0.2/hook', 'network'],
    ['https://0x7f000002/hook', 'network'],
    ['https://127.2/hook', 'network'],
    ['https://[::ffff:127.0.0.2]/hook', 'network'],
    ['https://10.1.2.3/hook', 'network'],
    ['http://localhost/hook', undefined],
    ['http://localhost.evil.example/hook', 'not-encrypted'],
    ['https://a.example/hook#there', 'fragment'],
    ['https://me@a.example/hook', 'credentials'],
    ['ftp://a.example/hook', 'not-http'],
    ['/hook', 'not-http'],
  ] as const)('%s: %s', (address, problem) => {
    expect(problemOf(address, HERE)).toBe(problem);
  });
});

test.each(['10.0.0.1', 'localhost/8', '10.0.0.0/33', '10.0.0.0/8;::1/128'])('%s is no list of networks', (text) => {
  expect(() => readNetworks(text)).toThrow('is no network. Write it as 10.2.0.0/16 or fd00::/8.');
});
