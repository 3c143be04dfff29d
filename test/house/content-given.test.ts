import { expect, test } from '@jest/globals';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { parametersOf } from '../../src/fhir/search/parameters/parameter.ts';
import { readSources, type SourceFile } from './source-files.ts';

/** How many statements of a file look at content as it is stored, and why a caller is given none of it so. */
const EXEMPT: Readonly<Record<string, readonly [number, string]>> = {
  'src/access/consent/disclosed-under.ts': [1, 'names of organizations'],
  'src/access/consent/explain.ts': [2, 'the answer is a decision, and no ground of it is from the content'],
  'src/access/mailbox/link.ts': [2, 'whether a Task goes on decides whether a link is good, and is not told'],
  'src/fhir/load-definitions.ts': [1, 'definitions are compared, and open to everybody'],
  'src/fhir/operations/export/export-rows.ts': [5, 'what is found within is given by the statement around it'],
  'src/fhir/operations/subscriptions/status.ts': [1, 'a Subscription has no label'],
  'src/fhir/search/find-page.ts': [1, 'a place in the order of the index, whoever asks'],
  'src/fhir/store/current-rows.ts': [1, 'what a transaction has taken is given by #given'],
  'src/reports/disclosures/disclosures.ts': [1, 'names of organizations'],
};

/** Where a file that keeps queries within what a caller may see looks at content as it is stored. */
function wholeContents({ path, text }: SourceFile): string[] {
  if (!/(?<!function )visibleTo\(/.test(text)) return [];
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '').replaceAll(/contentFor\([^)]*\)/g, '');
  const looked =
    code.match(/\b(?:SELECT|CASE|THEN|ELSE|json_agg\()[^`;]*?(?<!AS |\$\{)\bcontent\b(?!:)[^`;\n]*/g) ?? [];
  return looked.map((statement) => `${path}: ${statement.trim()}`);
}

test('what a caller is given of a resource is what it is shown of it, in every statement', () => {
  const found = Map.groupBy(readSources('src').flatMap(wholeContents), (each) => each.split(':')[0] ?? '');
  const expected = Object.entries(EXEMPT).map(([path, [count]]) => [path, count]);
  expect([...found].map(([path, statements]) => [path, statements.length]).sort()).toEqual(expected);
});

test.each([
  ['a column', '`SELECT content FROM resource WHERE visibleTo(caller)`'],
  ['a column of a row', '`SELECT resource.id, resource.content FROM resource WHERE visibleTo(caller)`'],
  ['over several lines', '`SELECT id,\n  h.content AS content FROM resource_version h WHERE visibleTo(caller)`'],
  ['by cases', '`SELECT CASE WHEN was.deleted THEN NULL ELSE was.content END FROM was WHERE visibleTo(caller)`'],
])('a statement that gives all of it is found: %s', (_, statement) => {
  expect(wholeContents({ path: 'src/x.ts', text: `const sql = ${statement};` })).toHaveLength(1);
});

test('one that gives what is shown is not', () => {
  const text = 'const sql = `SELECT contentFor(caller) AS content FROM resource WHERE visibleTo(caller)`;';
  expect(wholeContents({ path: 'src/x.ts', text })).toEqual([]);
});

/** Keys of the index as statements name them: a type, a parameter, and a value. */
function keysNamed({ path, text }: SourceFile): { path: string; type: string; code: string }[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '');
  return [...code.matchAll(/['"`{,]([A-Z][A-Za-z]+)\.([a-z][a-z-]*)=/g)].map(([, type = '', name = '']) => ({
    path,
    type,
    code: name,
  }));
}

test('a statement that looks for a key looks for one that the index has', () => {
  loadDefinitions();
  const named = readSources('src').flatMap(keysNamed);
  expect(named.length).toBeGreaterThan(10);
  // A parameter that finds the same as another has its key.
  const lost = named.filter(({ type, code }) => !parametersOf(type).get(code)?.keys.includes(code));
  expect(lost).toEqual([]);
  expect(parametersOf('CarePlan').get('patient')?.keys).toEqual(['subject']);
});
