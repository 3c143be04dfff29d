/** One unit of a kind: how many of the kind's first unit it is, as `times` × 10^`power`; `plus`: where its zero lies. */
export interface Unit {
  readonly code: string;
  readonly times: number;
  readonly power: number;
  readonly plus?: number;
}

/** The powers of ten that prefixes stand for. @see https://ucum.org/ucum#section-Prefixes */
const PREFIXES: Readonly<Record<string, number>> = {
  k: 3,
  h: 2,
  '': 0,
  d: -1,
  c: -2,
  m: -3,
  u: -6,
  n: -9,
  p: -12,
  f: -15,
};

/** A unit with the prefixes it is used with. */
function metric(code: string, prefixes: readonly string[], power = 0): Unit[] {
  return prefixes.map((prefix) => ({ code: prefix + code, times: 1, power: power + (PREFIXES[prefix] ?? 0) }));
}

const one = (code: string, times: number, power = 0): Unit => ({ code, times, power });

/**
 * The units that a search converts, by what they measure: the metric ones of care, and those of daily life in the United
 * States. All others are compared as they are written.
 * @see https://ucum.org/ucum
 */
export const KINDS: readonly (readonly Unit[])[] = [
  [
    ...metric('g', ['k', '', 'm', 'u', 'n', 'p']),
    one('t', 1, 6),
    one('[lb_av]', 453.59237),
    one('[oz_av]', 28.349523125),
  ],
  [
    ...metric('m', ['k', '', 'd', 'c', 'm', 'u', 'n']),
    one('[in_i]', 2.54, -2),
    one('[ft_i]', 0.3048),
    one('[mi_i]', 1609.344),
  ],
  [...metric('L', ['', 'd', 'c', 'm', 'u', 'n', 'f']), ...metric('l', ['', 'd', 'c', 'm', 'u', 'n', 'f'])],
  metric('mol', ['k', '', 'm', 'u', 'n', 'p', 'f']),
  metric('eq', ['', 'm', 'u']),
  metric('osm', ['', 'm']),
  [...metric('[iU]', ['k', '', 'm', 'u']), ...metric('[IU]', ['k', '', 'm', 'u'])],
  metric('U', ['k', '', 'm', 'u']),
  [
    ...metric('s', ['', 'm', 'u', 'n']),
    ...[
      one('min', 60),
      one('h', 3_600),
      one('d', 86_400),
      one('wk', 604_800),
      one('mo', 2_629_800),
      one('a', 31_557_600),
    ],
  ],
  [
    ...metric('Pa', ['k', 'h', '', 'm']),
    one('mm[Hg]', 133.322),
    one('cm[H2O]', 98.0665),
    one('bar', 1, 5),
    one('mbar', 1, 2),
  ],
  [...metric('J', ['k', '']), one('cal', 4.184), one('kcal', 4.184, 3), one('[Cal]', 4.184, 3)],
  [
    one('K', 1),
    { code: 'Cel', times: 1, power: 0, plus: 273.15 },
    { code: '[degF]', times: 5 / 9, power: 0, plus: 459.67 * (5 / 9) },
  ],
  [one('1', 1), one('%', 1, -2), one('[ppth]', 1, -3), one('[ppm]', 1, -6)],
];
