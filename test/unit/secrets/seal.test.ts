import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KEY_FILE, keysInFolder } from '../../../src/secrets/key-file.ts';
import { newKey, readKeys } from '../../../src/secrets/keys.ts';
import { keyIdOf, openText, sealText } from '../../../src/secrets/seal.ts';

const [one, other] = [newKey(), newKey()];
const keys = readKeys(one);
const of = { kind: 'header', owner: 'Endpoint/1' };

describe('a sealed text', () => {
  test('opens to what it was, whatever that is, and shows nothing of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const sealed = sealText(keys, text, of);
        expect(openText(keys, sealed, of)).toBe(text);
        expect(sealed).toMatch(/^[\w-]+\.[\w-]+$/);
      }),
    );
  });

  test('is another one each time', () => {
    expect(sealText(keys, 'same', of)).not.toBe(sealText(keys, 'same', of));
  });

  test.each([
    ['as something else', { kind: 'credential', owner: 'Endpoint/1' }],
    ["as another one's", { kind: 'header', owner: 'Endpoint/2' }],
    ['with the border between both moved', { kind: 'headerE', owner: 'ndpoint/1' }],
  ])('does not open %s', (_name, belonging) => {
    expect(() => openText(keys, sealText(keys, 'secret', of), belonging)).toThrow(
      /it was changed, moved, or sealed by/,
    );
  });

  test('does not open when any of its characters was changed, or it was cut off', () => {
    const sealed = sealText(keys, 'secret', of);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sealed.length - 2 }), fc.boolean(), (at, cut) => {
        const flipped = sealed[at] === 'A' ? 'B' : 'A';
        const changed = cut ? sealed.slice(0, at) : sealed.slice(0, at) + flipped + sealed.slice(at + 1);
        expect(() => openText(keys, changed, of)).toThrow('A secret of this hub cannot be opened: ');
      }),
    );
  });

  test('opens by any of the keys, and names the one it needs', () => {
    const sealed = sealText(keys, 'secret', of);
    expect(openText(readKeys(`${other},${one}`), sealed, of)).toBe('secret');
    expect(keyIdOf(sealText(readKeys(`${other}\n${one}`), 'secret', of))).toBe(other.split(':')[0]);
    expect(() => openText(readKeys(other), sealed, of)).toThrow(
      `A secret of this hub cannot be opened: the key ${one.split(':')[0]} is not among SECRETS_KEYS. Give it back, behind the others.`,
    );
  });

  test('is not made by a hub that has no key: it says what to set', () => {
    expect(() => sealText([], 'secret', of)).toThrow(/Its operator sets SECRETS_KEYS/);
  });
});

describe('keys', () => {
  test.each(['', ' , \n'])('may be none: %j', (text) => {
    expect(readKeys(text)).toEqual([]);
  });

  test.each([
    ['without an id', one.split(':')[1] ?? ''],
    ['too short', 'k:c2hvcnQ='],
    ['too long', `k:${Buffer.alloc(33).toString('base64')}`],
    ['of another alphabet', `k:${'-'.repeat(43)}=`],
    ['one good, one not', `${one},nonsense`],
  ])('%s are refused, and not repeated', (_name, text) => {
    expect(() => readKeys(text)).toThrow(/^A key of secrets is written as id:base64-of-32-bytes/);
  });

  test('of the same id are refused', () => {
    expect(() => readKeys(`${one},${one}`)).toThrow(/^Two keys of secrets have the same id/);
  });

  test('in the file of a store are made once, for its owner alone; a file that holds none is named, and what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'careloop-keys-'));
    const file = join(folder, KEY_FILE);
    const [made] = keysInFolder(folder);
    expect([statSync(file).mode & 0o777, keysInFolder(folder)[0]?.id]).toEqual([0o600, made?.id]);
    const putBack = 'Put the file of your backup in its place: a new key opens nothing that the old one has sealed.';
    writeFileSync(file, 'nonsense');
    expect(() => keysInFolder(folder)).toThrow(
      `${file} cannot be used. A key of secrets is written as id:base64-of-32-bytes; several are separated by commas. \`npx careloop secrets new-key\` makes one. ${putBack}`,
    );
    writeFileSync(file, '');
    expect(() => keysInFolder(folder)).toThrow(`${file} holds no key. ${putBack}`);
    rmSync(folder, { recursive: true });
  });
});
