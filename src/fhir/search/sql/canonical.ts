import type { CanonicalNames } from '../conditions/condition.ts';
import type { Values } from './values.ts';

/**
 * The forms in which the index holds canonical references to a resource, `url|` and each `url|version`, as a table
 * `f(form)`, over a row of resources with their keys.
 */
export function formsOf(row: string, { urls, versions }: CanonicalNames, values: Values): string {
  return `LATERAL (SELECT substr(u.key, length(up.prefix) + 1) || '|' || v.version AS form
    FROM unnest(${row}.tokens) AS u(key) JOIN unnest(${values.texts(urls)}) AS up(prefix) ON starts_with(u.key, up.prefix),
    LATERAL (SELECT '' AS version UNION ALL SELECT substr(w.key, length(wp.prefix) + 1)
      FROM unnest(${row}.tokens) AS w(key) JOIN unnest(${values.texts(versions)}) AS wp(prefix) ON starts_with(w.key, wp.prefix)) AS v) AS f`;
}

/** The canonical references of a row under some names, `url|` or `url|version`, as a table `c(form)`. */
export function canonicalsIn(row: string, prefixes: readonly string[], values: Values): string {
  return `LATERAL (SELECT substr(k.key, length(p.prefix) + 1) AS form
    FROM unnest(${row}.tokens) AS k(key) JOIN unnest(${values.texts(prefixes)}) AS p(prefix) ON starts_with(k.key, p.prefix)
    WHERE position('|' IN substr(k.key, length(p.prefix) + 1)) > 0) AS c`;
}

/** Whether a row is what a canonical reference `c.form` means, as SQL. */
export function isMeant(row: string, { urls, versions }: CanonicalNames, values: Values): string {
  const among = (names: readonly string[], part: number): string =>
    `${row}.tokens && ARRAY[${names.map((name) => `${values.add(name)}::text || split_part(c.form, '|', ${part})`).join(', ')}]`;
  return `(${among(urls, 1)} AND (split_part(c.form, '|', 2) = '' OR ${among(versions, 2)}))`;
}
