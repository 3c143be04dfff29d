import type { Place } from '../conditions/condition.ts';
import type { Values } from './values.ts';

const EARTH_KM = 6_371.0088;

/**
 * Whether a row of resources lies near one of some places (along a great circle), or, of none, has a position at all.
 * It is read from the resource itself: no index holds positions, of which there are as many as there are Locations.
 */
export function nearSql(places: readonly Place[] | undefined, row: string, values: Values): string {
  const of = (name: string): string => `(${row}.content->'position'->>'${name}')::float8`;
  const isPlaced = `(${row}.content->'position') IS NOT NULL`;
  if (!places) return isPlaced;
  const either = places.map(({ latitude, longitude, km }) => {
    const [lat, long] = [values.add(latitude), values.add(longitude)];
    const apart = (one: string, other: string): string => `power(sin(radians(${one} - ${other}::float8) / 2), 2)`;
    const chord = `${apart(of('latitude'), lat)} + cos(radians(${lat}::float8)) * cos(radians(${of('latitude')})) * ${apart(of('longitude'), long)}`;
    return `2 * ${EARTH_KM} * asin(sqrt(least(1, ${chord}))) <= ${values.add(km)}::float8`;
  });
  // LEAST leaves out what is not there: said first, it is not asked.
  return `(CASE WHEN ${isPlaced} THEN ${either.join(' OR ')} ELSE false END)`;
}
