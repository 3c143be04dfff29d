import { readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { byCommand } from '../fhir/audit/record/door.ts';
import { type Calendar, calendarSchema } from './calendar.ts';
import { type CalendarAnswer, type CalendarDeps, describeCalendar, dropCalendar, setCalendar } from './set-calendar.ts';

export const CALENDAR_USAGE = `\
  careloop calendar show [--organization <id>]
      prints when an organization works, as JSON; without --organization the hub itself
  careloop calendar set [--organization <id>] --file <file>
      sets it: { "timeZone": …, "hours": { "mon": [{ "from": "09:00", "to": "17:00" }], … }, "holidays": ["2026-12-25", …] }
  careloop calendar drop [--organization <id>]
      from now on it works when the hub does`;

/** What may follow these commands, beside what follows those about programs. */
export const CALENDAR_OPTIONS = { file: { type: 'string' } } as const;

export interface CalendarOptions {
  readonly organization?: string | undefined;
  readonly file?: string | undefined;
}

/** Saying when organizations work from the command line. @returns the exit code */
export const calendarCommands = {
  'calendar show': async (deps: CalendarDeps, { organization }: CalendarOptions): Promise<number> => {
    return print(await describeCalendar(deps, byCommand(deps.hubOrg), organization ?? deps.hubOrg));
  },
  'calendar set': async (deps: CalendarDeps, { organization, file }: CalendarOptions): Promise<number> => {
    return print(await setCalendar(deps, byCommand(deps.hubOrg), organization ?? deps.hubOrg, calendarIn(file)));
  },
  'calendar drop': async (deps: CalendarDeps, { organization }: CalendarOptions): Promise<number> => {
    await dropCalendar(deps, byCommand(deps.hubOrg), organization ?? deps.hubOrg);
    return 0;
  },
};

/** @throws AppError (400) in a sentence */
function calendarIn(file: string | undefined): Calendar {
  if (file === undefined) throw notUsable('calendar set needs --file <file>.');
  const read = calendarSchema.safeParse(jsonIn(file));
  if (read.success) return read.data;
  throw notUsable(read.error.issues.map(({ path, message }) => `${file}: $.${path.join('.')}: ${message}`).join('\n'));
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    throw notUsable(`${file} cannot be read. ${thrown instanceof Error ? thrown.message : ''}`);
  }
}

function notUsable(text: string): AppError {
  return new AppError('invalid', 'request.not-valid', text);
}

function print({ calendar, of }: CalendarAnswer): number {
  console.log(JSON.stringify({ of, ...calendar }, null, 2));
  return 0;
}
