import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { localeOf } from './languages.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const month = 30.44 * day;

type SpanUnit = 'second' | 'minute' | 'hour' | 'day' | 'month';

/** A length of time as people say it, in one unit: what has passed is rounded down, at least one second. */
export function spanOf(ms: number, round = Math.floor): [number, SpanUnit] {
  const length = Math.max(Math.abs(ms), second);
  if (length < minute) return [round(length / second), 'second'];
  if (length < hour) return [round(length / minute), 'minute'];
  if (length < day) return [round(length / hour), 'hour'];
  if (length < 60 * day) return [round(length / day), 'day'];
  return [round(length / month), 'month'];
}

export interface Format {
  number(value: number): string;
  /** "1 day" */
  span(ms: number): string;
  /** "in 2 days" */
  ahead(ms: number): string;
  /** As short as it stays clear: the time today, the day this year, the year before that. */
  moment(at: string, now: number): string;
  /** Everything, for a tooltip. */
  full(at: string): string;
  time(at: string): string;
  /** "the request, the client’s record, and documents" */
  list(words: readonly string[]): string;
  /** "Today", "Tuesday 3 March" */
  day(at: string, now: number): string;
  /** "Mar 2, 2026", as it was said where it is no whole date. @param of as 2026-03-02 */
  date(of: string): string;
  /** "March 2026". @param of as 2026-03 */
  month(of: string): string;
  /** "German". @param tag as de */
  language(tag: string): string;
}

export function createFormat(locale: string): Format {
  const dateTime = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const time = dateTime({ hour: 'numeric', minute: '2-digit' });
  const dayAndTime = dateTime({ day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });
  const date = dateTime({ dateStyle: 'medium' });
  const full = dateTime({ dateStyle: 'full', timeStyle: 'short' });
  const weekday = dateTime({ weekday: 'long', day: 'numeric', month: 'long' });
  const longDate = dateTime({ dateStyle: 'long' });
  const ahead = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  const nearby = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const monthOfYear = dateTime({ month: 'long', year: 'numeric', timeZone: 'UTC' });
  const dateOfDay = dateTime({ dateStyle: 'medium', timeZone: 'UTC' });
  const languages = new Intl.DisplayNames(locale, { type: 'language' });
  const numbers = new Intl.NumberFormat(locale);
  const words = new Intl.ListFormat(locale);
  return {
    list: (all) => words.format(all),
    number: (value) => numbers.format(value),
    span: (ms) => {
      const [value, unit] = spanOf(ms);
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
    },
    ahead: (ms) => ahead.format(...spanOf(ms, Math.round)),
    moment: (at, now) => {
      const then = new Date(at);
      if (daysBetween(then, now) === 0) return time.format(then);
      return (sameYear(then, now) ? dayAndTime : date).format(then);
    },
    full: (at) => full.format(new Date(at)),
    time: (at) => time.format(new Date(at)),
    day: (at, now) => {
      const then = new Date(at);
      const days = daysBetween(then, now);
      if (Math.abs(days) < 2) return nearby.format(days, 'day');
      return (sameYear(then, now) ? weekday : longDate).format(then);
    },
    date: (of) => (/^\d{4}-\d\d-\d\d$/.test(of) ? dateOfDay.format(new Date(`${of}T00:00:00Z`)) : of),
    month: (of) => monthOfYear.format(new Date(`${of}-01T00:00:00Z`)),
    language: (tag) => languages.of(tag) ?? tag,
  };
}

function daysBetween(then: Date, now: number): number {
  return Math.round((new Date(then).setHours(0, 0, 0, 0) - new Date(now).setHours(0, 0, 0, 0)) / day);
}

function sameYear(then: Date, now: number): boolean {
  return then.getFullYear() === new Date(now).getFullYear();
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  const code = i18n.resolvedLanguage ?? 'en';
  return useMemo(() => createFormat(localeOf(code, navigator.languages)), [code]);
}
