import fc from 'fast-check';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Stands for a number that JSON can write and no program can hold; `asText` puts it in. */
const HUGE_NUMBER = '@@huge-number@@';

const TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfffy',
  '\u202e\ufeff',
  '__proto__',
  'constructor',
  'null',
  '2026-02-30',
  '0000-00-00',
  '9999-12-31T23:59:60Z',
  '2026-01-01T00:00:00+99:99',
  '+275760-09-13',
  "'; DROP TABLE resource; --",
  '$1 %s {{b}}',
  '\\u0000',
  '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>',
  'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  '#',
  '#a',
  '/',
  'Patient/',
  'Patient/x/_history/',
  'http://',
  'javascript:alert(1)',
  '9'.repeat(400),
  '-',
  '1e400',
  HUGE_NUMBER,
];

export const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'toJSON',
  'length',
  'resourceType',
  'id',
  '_id',
  'meta',
  'extension',
  'modifierExtension',
  'contained',
  'text',
  'div',
  'value[x]',
  '',
  '$',
  'a.b',
  '_',
];

const NUMBERS = [0, -0, -1, 1.5, 1e21, 1e-320, 1.7976931348623157e308, 2 ** 53, -(2 ** 31) - 1, 4294967296];

const deep = fc.integer({ min: 1, max: 400 }).chain((depth) =>
  fc
    .constantFrom<(inner: Json) => Json>(
      (inner) => [inner],
      (inner) => ({ extension: [inner] }),
      (inner) => ({ __proto__x: inner }),
    )
    .map((wrap) => {
      let value: Json = 'x';
      for (let at = 0; at < depth; at += 1) value = wrap(value);
      return value;
    }),
);

/** Values that nobody means, at any place. */
export const nasty: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Json>(...TEXTS) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Json>(
      ...NUMBERS,
      null,
      true,
      false,
      [],
      {},
      [null],
      [[]],
      { resourceType: 'Patient' },
      { toString: [], valueOf: [] },
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 30_000 }).map((length) => 'é'.repeat(length)) },
);

interface Mutation {
  readonly kind: 'set' | 'remove' | 'twice' | 'wrap' | 'rename' | 'add';
  readonly place: number;
  readonly name: string;
  readonly value: Json;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom<Mutation['kind']>('set', 'set', 'set', 'remove', 'twice', 'wrap', 'rename', 'add'),
  place: fc.nat(10_000),
  name: fc.constantFrom(...NAMES),
  value: nasty,
});

/** Copies of valid resources (or other JSON) with a few things wrong. */
export function mutated(originals: readonly object[], most = 4): fc.Arbitrary<Json> {
  return fc
    .tuple(fc.constantFrom(...originals), fc.array(mutation, { minLength: 1, maxLength: most }))
    .map(([original, mutations]) => mutations.reduce(applied, structuredClone(original) as Json));
}

interface Place {
  readonly parent: Json[] | { [name: string]: Json };
  readonly key: string;
}

function placesOf(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ parent: value, key }, ...placesOf(inner)]);
}

function applied(value: Json, { kind, place, name, value: said }: Mutation): Json {
  // A copy: what is put in is changed by the next mutation, and must not hold itself then.
  const put = structuredClone(said);
  const places = placesOf(value);
  const at = places[place % Math.max(places.length, 1)];
  if (!at) return put;
  const { parent, key } = at;
  const old = (parent as Record<string, Json>)[key] ?? null;
  const set = (key: string, to: Json): void => {
    // `__proto__` too becomes a property of its own, as it does when JSON is read.
    Object.defineProperty(parent, key, { value: to, enumerable: true, configurable: true, writable: true });
  };
  if (kind === 'set') set(key, put);
  if (kind === 'add') Array.isArray(parent) ? parent.push(put) : set(name, put);
  if (kind === 'twice') set(key, Array.isArray(old) ? [...old, ...structuredClone(old)] : [old, structuredClone(old)]);
  if (kind === 'wrap') set(key, { [key]: old });
  if (kind === 'remove' || kind === 'rename') {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  }
  if (kind === 'rename' && !Array.isArray(parent)) set(name, old);
  return value;
}

/** JSON as it is sent, numbers out of range included. */
export function asText(value: Json): string {
  return JSON.stringify(value).replaceAll(`"${HUGE_NUMBER}"`, '1e999');
}

/** Texts with a few signs wrong. */
export function mangled(originals: readonly string[]): fc.Arbitrary<string> {
  const signs = [
    '',
    '<',
    '>',
    '&',
    '"',
    "'",
    '/',
    '\0',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '&#0;',
    '&#xD800;',
    ']]>',
    '\ufffe',
    'x'.repeat(2_000),
  ];
  const edit = fc.record({
    at: fc.nat(100_000),
    length: fc.nat(12),
    put: fc.oneof(fc.constantFrom(...signs), fc.string({ unit: 'binary', maxLength: 5 })),
  });
  return fc.tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((all, { at, length, put }) => {
      const from = at % (all.length + 1);
      return all.slice(0, from) + put + all.slice(from + length);
    }, text),
  );
}
