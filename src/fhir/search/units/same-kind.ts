import { KINDS, type Unit } from './units.ts';

/** Units that measure the same in steps of the same size, and how a number of the unit asked for reads in them. */
export interface Conversion {
  readonly codes: readonly string[];
  readonly convert: (value: number) => number;
}

const kindOf: ReadonlyMap<string, readonly Unit[]> = new Map(
  KINDS.flatMap((kind) => kind.map(({ code }) => [code, kind] as const)),
);

/**
 * The units into which those of a code are converted: units of the same kind, or, of a rate such as `mg/dL`, of the same
 * two kinds. Those of one size stand together. Pure.
 * @returns undefined when the code is not of a form, or of a unit, that is converted here
 * @see https://hl7.org/fhir/R4/search.html#quantity
 */
export function conversionsOf(code: string): Conversion[] | undefined {
  const [above = '', below, ...more] = code.split('/');
  const [numerator, denominator] = [
    find(above === '' && below !== undefined ? '1' : above),
    below === undefined ? undefined : find(below),
  ];
  if (more.length > 0 || !numerator || (below !== undefined && !denominator)) return undefined;
  if (!denominator) return grouped(numerator.kind.map((to) => ({ code: to.code, ...step(numerator.unit, to) })));
  if (numerator.unit.plus !== undefined || denominator.unit.plus !== undefined) return undefined;
  return grouped(
    numerator.kind.flatMap((upper) =>
      denominator.kind.map((lower) => {
        const [up, down] = [step(numerator.unit, upper), step(denominator.unit, lower)];
        const name = upper.code === '1' && above === '' ? '' : upper.code;
        return { code: `${name}/${lower.code}`, times: up.times / down.times, power: up.power - down.power, plus: 0 };
      }),
    ),
  );
}

function find(code: string): { readonly unit: Unit; readonly kind: readonly Unit[] } | undefined {
  const kind = kindOf.get(code);
  const unit = kind?.find((each) => each.code === code);
  return kind && unit && { kind, unit };
}

/** A number of one unit is `times` × 10^`power` of the other, and `plus` more. */
type Step = Pick<Unit, 'times' | 'power'> & { readonly plus: number };

function step(from: Unit, to: Unit): Step {
  const [times, power] = [from.times / to.times, from.power - to.power];
  return { times, power, plus: ((from.plus ?? 0) - (to.plus ?? 0)) / to.times };
}

function grouped(all: readonly (Step & { readonly code: string })[]): Conversion[] {
  const bySize = Map.groupBy(all, ({ times, power, plus }) => `${times} ${power} ${plus}`);
  return [...bySize.values()].map((same) => ({
    codes: same.map(({ code }) => code),
    convert: converter(same[0] as Step),
  }));
}

/** By powers of ten exactly, as the numbers are written. */
function converter({ times, power, plus }: Step): Conversion['convert'] {
  if (times !== 1 || plus !== 0) return (value) => shift(value * times, power) + plus;
  return (value) => shift(value, power);
}

function shift(value: number, power: number): number {
  const [digits, exponent = '0'] = String(value).split('e');
  return power === 0 ? value : Number(`${digits}e${Number(exponent) + power}`);
}
