const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the calendar has the day a well-formed FHIR date names. `2026-02-30` is well formed; year 0 there was not. */
export function isDay(date: string): boolean {
  if (date.startsWith('0000')) return false;
  if (date.length < 10) return true;
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8, 10));
  if (month === 2 && day === 29) return isLeap(Number(date.slice(0, 4)));
  return day <= (DAYS[month - 1] ?? 0);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
