/** A number as it is written, and the values it stands for: from `from` to below `to`. */
export interface DecimalRange {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Reads a decimal with the range its precision implies: 5.40 is from 5.395 to below 5.405. Pure.
 * @returns undefined when the text is no number, or one too large to be counted with
 * @see https://hl7.org/fhir/R4/search.html#number
 */
export function precisionRange(text: string): DecimalRange | undefined {
  const [, sign, whole, decimals = '', exponent] = DECIMAL.exec(text) ?? [];
  const value = Number(text);
  if (whole === undefined || !Number.isFinite(value)) return undefined;
  // The specification takes 1e2 for 95 to 105: a bare exponent counts one digit more than is written.
  const implied = exponent !== undefined && decimals === '' ? 1 : 0;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${decimals}`) * (implied ? 100n : 10n);
  const power = Number(exponent ?? 0) - decimals.length - implied - 1;
  // Through the text of the decimal, so that the ends are the doubles nearest to it.
  const [from, to] = [Number(`${digits - 5n}e${power}`), Number(`${digits + 5n}e${power}`)];
  return Number.isFinite(from) && Number.isFinite(to) ? { value, from, to } : undefined;
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The next larger number there is. Pure. */
export function nextAfter(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  double[0] = value;
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? 1n : -1n);
  return double[0];
}

/** The next smaller number there is. Pure. */
export function nextBefore(value: number): number {
  return -nextAfter(-value);
}
