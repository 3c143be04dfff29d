/** A generator of numbers from 0 to 1 that gives the same ones for the same seed. */
export type Chance = () => number;

export function seeded(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Container = Record<string, unknown> | unknown[];

/** A place in a resource: what it is in, under which name or number. */
interface Place {
  readonly owner: Container;
  readonly key: string | number;
}

/** A copy of a resource with one to three faults, or changes that are none. The same for the same chance. */
export function mutate(
  resource: unknown,
  chance: Chance,
): { readonly resource: unknown; readonly done: readonly string[] } {
  const copy: unknown = structuredClone(resource);
  const done: string[] = [];
  for (let times = chance() < 0.6 ? 1 : 2; times > 0; times--) {
    const name = pick(Object.keys(MUTATIONS), chance);
    const place = pick(placesFor(name, placesIn(copy)), chance);
    if (place) MUTATIONS[name as keyof typeof MUTATIONS](place, chance);
    done.push(name);
  }
  return { resource: copy, done };
}

export function pick<T>(list: readonly T[], chance: Chance): T {
  return list[Math.floor(chance() * list.length)] as T;
}

/** Times and references are few among all places: where a change is for those alone, it is made there. */
function placesFor(name: string, places: Place[]): Place[] {
  if (name === 'repoint' || name === 'relink') {
    return places.filter(({ key }) => key === (name === 'relink' ? 'linkId' : 'reference'));
  }
  if (name !== 'unzone' && name !== 'rezone') return places;
  return places.filter((place) => /^\d{4}-\d\d-\d\dT/.test(String(read(place))));
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const owner = value as Container;
  const keys = Array.isArray(owner) ? [...owner.keys()] : Object.keys(owner).filter((key) => key !== 'resourceType');
  return keys.flatMap((key) => [{ owner, key }, ...placesIn(read({ owner, key }))]);
}

function read({ owner, key }: Place): unknown {
  return (owner as Record<string | number, unknown>)[key];
}

function write({ owner, key }: Place, value: unknown): void {
  (owner as Record<string | number, unknown>)[key] = value;
}

function remove({ owner, key }: Place): void {
  if (Array.isArray(owner)) owner.splice(Number(key), 1);
  else delete owner[key];
}

function rename({ owner, key }: Place, name: string): void {
  if (Array.isArray(owner)) return;
  const value = owner[key];
  delete owner[key];
  owner[name] = value;
}

const VALUES: readonly unknown[] = [
  true,
  false,
  0,
  -1,
  1.5,
  3_000_000_000,
  '',
  ' ',
  'text',
  'a  b',
  ' a',
  '2026',
  '2026-02-30',
  '2026-13',
  '2026-03-02',
  '2026-03-02T09:00:00Z',
  '2026-03-02T10:00:00+01:00',
  '2026-03-02T09:00',
  '09:00:00',
  'Patient/1',
  '#nothing',
  'urn:oid:1.2',
  'YQ==',
  'YQ',
  'active',
  'final',
  'xyz',
  '\u0001',
  {},
  [],
  [null],
  { text: 'x' },
  { value: 1 },
  { start: '2027', end: '2026' },
  { reference: 'Patient/1' },
  { reference: 'Nothing/1' },
  { coding: [{ system: 'http://x', code: 'y' }] },
  { extension: [{ url: 'http://x', valueString: 'y' }] },
  { id: 'x' },
];

const NAMES = [
  'status',
  'code',
  'text',
  'value',
  'valueString',
  'valueQuantity',
  '_value',
  'id',
  'extension',
  'contained',
  'period',
  'system',
  'use',
  '_status',
  'note',
];

const MUTATIONS = {
  drop: remove,
  duplicate: (place: Place) => {
    if (Array.isArray(place.owner)) place.owner.push(structuredClone(read(place)));
    else write(place, [read(place), structuredClone(read(place))]);
  },
  retype: (place: Place, chance: Chance) => write(place, structuredClone(pick(VALUES, chance))),
  misspell: (place: Place) => rename(place, `${String(place.key)}x`),
  recode: (place: Place, chance: Chance) => {
    const value = read(place);
    if (typeof value === 'string')
      write(place, pick([`${value}-x`, value.toUpperCase(), value.slice(1), ` ${value}`], chance));
  },
  add: (place: Place, chance: Chance) => {
    if (!Array.isArray(place.owner)) place.owner[pick(NAMES, chance)] = structuredClone(pick(VALUES, chance));
  },
  nothing: (place: Place) => write(place, null),
  list: (place: Place) => write(place, [read(place)]),
  unlist: (place: Place) => {
    const value = read(place);
    if (Array.isArray(value)) write(place, value[0]);
  },
  nest: (place: Place) => write(place, { [String(place.key)]: read(place) }),
  unzone: (place: Place) => {
    const value = read(place);
    if (typeof value === 'string') write(place, value.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+)(Z|[+-]\d\d:\d\d)$/, '$1'));
  },
  rezone: (place: Place) => {
    const value = read(place);
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value)) {
      // The same moment, as it is called furthest in the east.
      const moment = new Date(Date.parse(value) + 14 * 3_600_000).toISOString();
      write(place, moment.replace('Z', '+14:00'));
    }
  },
  relink: (place: Place) => {
    // An id that other questions may have as well.
    if (place.key === 'linkId') write(place, String(read(place)).slice(0, 1));
  },
  repoint: (place: Place, chance: Chance) => {
    if (place.key === 'reference') write(place, pick(['Medication/1', 'Substance/1', 'Patient/1', 'Group/1'], chance));
  },
  extra: (place: Place, chance: Chance) => {
    if (!Array.isArray(place.owner))
      place.owner[`_${String(place.key)}`] = structuredClone(
        pick([{ extension: [{ url: 'http://x', valueCode: 'y' }] }, { id: 'a' }, {}, [null], null], chance),
      );
  },
} as const satisfies Record<string, (place: Place, chance: Chance) => void>;
