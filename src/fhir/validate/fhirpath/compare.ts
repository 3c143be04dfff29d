import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../walk.ts';
import type { Node } from './node.ts';

const DATES = new Set(['date', 'dateTime', 'instant']);

/** Whether two values are the same; of dates, whether they are the same moment. */
export function equals(one: Node, other: Node): boolean {
  if (one.value === other.value) return one.value !== undefined;
  const dates = datesOf(one, other);
  if (dates) return compareDates(...dates) === 0;
  return isObject(one.value) && isDeepStrictEqual(one.value, other.value);
}

/**
 * The order of two values: below 0, 0, above 0.
 * @returns undefined where nobody can tell: other units, or dates that are the same as far as both are precise
 */
export function compare(one: Node, other: Node): number | undefined {
  const dates = datesOf(one, other);
  if (dates) return compareDates(...dates);
  const [a, b] = [amount(one.value), amount(other.value)];
  if (typeof a === 'number' && typeof b === 'number') return sameUnit(one.value, other.value) ? a - b : undefined;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  return undefined;
}

function amount(value: unknown): unknown {
  return isObject(value) ? value.value : value;
}

function sameUnit(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return true;
  return one.system === other.system && (one.code ?? one.unit) === (other.code ?? other.unit);
}

/** The two where both are dates; what stands where a date belongs may be anything. */
function datesOf(one: Node, other: Node): [string, string] | undefined {
  if (typeof one.value !== 'string' || typeof other.value !== 'string') return undefined;
  return DATES.has(one.model?.name ?? '') && DATES.has(other.model?.name ?? '') ? [one.value, other.value] : undefined;
}

/** Two moments are compared as such; where one is a day, a month or a year, as far as both are given. */
function compareDates(one: string, other: string): number | undefined {
  if (one.includes('T') && other.includes('T')) return milliseconds(one) - milliseconds(other);
  const [a, b] = [one.slice(0, 10), other.slice(0, 10)];
  const length = Math.min(a.length, b.length);
  const [left, right] = [a.slice(0, length), b.slice(0, length)];
  if (left !== right) return left < right ? -1 : 1;
  return one.length === other.length && one === other ? 0 : undefined;
}

/** A moment as a number; what `Date` cuts off after the milliseconds is added again. */
function milliseconds(moment: string): number {
  const fraction = /\.\d{3}(\d+)/.exec(moment)?.[1] ?? '';
  const leap = moment.replace(/:60(?=\D|$)/, ':59');
  return Date.parse(leap) + Number(`0.${fraction || '0'}`);
}
