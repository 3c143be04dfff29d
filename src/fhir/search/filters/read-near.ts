import type { Condition, Place } from '../conditions/condition.ts';
import type { Use } from '../conditions/context.ts';
import { noModifier, refused } from '../conditions/refusal.ts';
import { splitValue } from '../conditions/values.ts';

/** How far is near, where a search does not say. */
const NEAR_KM = 50;

/** Kilometres in the units a distance may be said in. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['km', 1],
  ['m', 0.001],
  ['[mi_us]', 1.609347219],
  ['[mi_i]', 1.609344],
]);

/**
 * A search for places by their distance: `latitude|longitude|distance|units`, by default within 50 km.
 * @see https://hl7.org/fhir/R4/location.html#positional
 */
export function readNear({ name, modifier, values }: Use): Condition {
  if (modifier !== undefined) throw noModifier(name, modifier, 'special', ['missing']);
  return { kind: 'near', places: values.map((value) => readPlace(name, value)) };
}

function readPlace(name: string, value: string): Place {
  const [latitude, longitude, distance, unit, ...more] = splitValue(value, '|');
  const kilometres = UNITS.get(unit || 'km');
  if (kilometres === undefined || more.length > 0) {
    throw refused(name, `Its units are ${[...UNITS.keys()].join(', ')}: latitude|longitude|distance|units.`);
  }
  const place = {
    latitude: number(latitude, 90),
    longitude: number(longitude, 180),
    km: distance ? number(distance, Number.MAX_VALUE) * kilometres : NEAR_KM,
  };
  if (Object.values(place).every(Number.isFinite) && place.km >= 0) return place;
  throw refused(name, 'Write degrees and a distance: latitude|longitude|distance|units, e.g. 42.25|-83.69|11|km.');
}

function number(text: string | undefined, most: number): number {
  const value = /^[+-]?\d{1,9}(?:\.\d{1,20})?$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Math.abs(value) <= most ? value : Number.NaN;
}
