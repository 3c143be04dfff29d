import { describe, expect, test } from '@jest/globals';
import { checkPackages, type Lock, type Locked, type Manifest, type PackageRules } from './check-packages.ts';
import { type AuditReport, readAudit } from './read-audit.ts';
import { readProjectFile } from './source-files.ts';

const read = <T>(path: string): T => JSON.parse(readProjectFile(path)) as T;
const rules = read<PackageRules>('test/house/package-rules.json');
const PROJECTS = ['', 'test/clients/fhirclient/'];

describe('the packages', () => {
  test.each(PROJECTS)(
    'of ./%s are licensed freely, from a registry, in exact versions, and run no script unasked',
    (at) => {
      const manifest = read<Manifest>(`${at}package.json`);
      const lock = read<Lock>(`${at}package-lock.json`);
      // npm is told there to run none (.npmrc).
      const scripts =
        at === '' ? {} : { allowScripts: Object.fromEntries(withScripts(lock).map((name) => [name, false])) };
      expect(checkPackages({ ...manifest, ...scripts }, lock, rules)).toEqual([]);
    },
  );

  test('of the test’s client run no scripts at all', () => {
    expect(readProjectFile('test/clients/fhirclient/.npmrc')).toMatch(/^ignore-scripts=true$/m);
  });

  test('that are listed as read, or allowed a script, are there', () => {
    const locks = PROJECTS.map((at) => read<Lock>(`${at}package-lock.json`));
    const there = locks.flatMap(({ packages }) =>
      Object.entries(packages).map(([folder, { version }]) => `${folder.split('node_modules/').at(-1)}@${version}`),
    );
    expect(Object.keys(rules.read).filter((each) => !there.includes(each))).toEqual([]);
    const { allowScripts = {} } = read<Manifest>('package.json');
    expect(withScripts(locks[0] ?? { packages: {} })).toEqual(Object.keys(allowScripts).sort());
  });
});

function withScripts({ packages }: Lock): string[] {
  const found = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  return [...new Set(found.map(([folder]) => folder.split('node_modules/').at(-1) ?? ''))].sort();
}

describe('a package is refused', () => {
  const good: Locked = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' };
  const said = (locked: Locked, manifest: Manifest = {}): string[] =>
    checkPackages(
      manifest,
      { packages: { '': {}, 'node_modules/a/node_modules/@b/c': { ...good, ...locked } } },
      rules,
    );

  const LICENCE = (licence: string): string =>
    `@b/c@1.0.0 has the licence "${licence}". Take another package; or read its licence, and write what it is into test/house/package-rules.json.`;
  const { license: _licence, ...unlicensed } = good;
  const { integrity: _integrity, ...unsigned } = good;
  const ELSEWHERE = '@b/c@1.0.0 is not from a registry, with a digest of what it is. Take a package that is.';

  test.each<[string, Locked, string]>([
    ['for a licence that is not taken', { license: 'GPL-3.0-only' }, LICENCE('GPL-3.0-only')],
    ['for one of two that both hold', { license: 'MIT AND AGPL-3.0-only' }, LICENCE('MIT AND AGPL-3.0-only')],
    ['for terms of its own that nobody has read', { license: 'SEE LICENSE IN x' }, LICENCE('SEE LICENSE IN x')],
    ['for a licence of tools, where it is shipped', { license: 'MPL-2.0' }, LICENCE('MPL-2.0')],
    ['for where it is from', { resolved: 'git+ssh://a.example/c.git' }, ELSEWHERE],
    ['for being a folder', { link: true }, ELSEWHERE],
    [
      'for a script',
      { hasInstallScript: true },
      '@b/c@1.0.0 has an install script. Say in allowScripts of package.json whether it is run: true or false.',
    ],
    [
      'for what it brings from a repository',
      { dependencies: { d: 'somebody/d' } },
      '@b/c@1.0.0 wants d from "somebody/d", which is no registry. Take another package.',
    ],
    [
      'for what it brings from an address',
      { optionalDependencies: { d: 'https://d.example/d.tgz' } },
      '@b/c@1.0.0 wants d from "https://d.example/d.tgz", which is no registry. Take another package.',
    ],
  ])('%s', (_why, locked, sentence) => expect(said(locked)).toEqual([sentence]));

  test('for having no licence, and for having no digest', () => {
    const packages = { 'node_modules/c': unlicensed, 'node_modules/d': unsigned };
    expect(checkPackages({}, { packages }, rules)).toEqual([
      LICENCE('none').replace('@b/c', 'c'),
      ELSEWHERE.replace('@b/c', 'd'),
    ]);
  });

  test.each(['^1.0.0', '1', 'latest', '*', 'file:../c', 'git+https://c.example/c.git', 'somebody/c'])(
    'when it is asked for as %s',
    (version) => {
      const sentence = `c is asked for as "${version}". Write one version, e.g. 1.2.3.`;
      for (const group of ['dependencies', 'devDependencies', 'overrides'] as const)
        expect(said({}, { [group]: { c: version } })).toEqual([sentence]);
    },
  );

  test.each<[string, Locked, Manifest]>([
    ['one of two licences is taken', { license: '(GPL-2.0-only OR MIT)' }, {}],
    ['both are', { license: 'Apache-2.0 AND MIT' }, {}],
    ['it is a tool, under a licence of tools', { license: 'MPL-2.0', dev: true }, {}],
    ['its script is decided on', { hasInstallScript: true }, { allowScripts: { '@b/c': false } }],
    ['what it brings has another name', { dependencies: { d: 'npm:@e/d@^4.2.0' } }, {}],
    ['it is asked for exactly', {}, { dependencies: { c: '1.2.3-beta.1' } }],
  ])('not when %s', (_why, locked, manifest) => expect(said(locked, manifest)).toEqual([]));
});

describe('what is known of packages', () => {
  const known = (severity: string): AuditReport => ({ vulnerabilities: { x: { severity, range: '<2.0.0' } } });

  test.each<[string, AuditReport, boolean, string]>([
    ['nothing', { vulnerabilities: {} }, true, 'Audited: no vulnerability is known in a package.'],
    ['something small', known('moderate'), true, 'x <2.0.0: moderate. Take a version without it.'],
    ['something grave', known('high'), false, 'x <2.0.0: high. Take a version without it.'],
    ['the worst', known('critical'), false, 'x <2.0.0: critical. Take a version without it.'],
    [
      'that a mirror does not say',
      { statusCode: 405, message: '405 - POST https://registry.example/x' },
      true,
      'Not audited: the registry does not say what is known of packages (HTTP 405).',
    ],
    ['nothing at all', {}, true, 'Not audited: the registry does not say what is known of packages (no answer).'],
  ])('%s', (_what, report, isGood, line) => {
    expect(readAudit(report)).toEqual({ isGood, lines: [line] });
  });
});
