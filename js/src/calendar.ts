/** What a date without a time of day means, where the user is. */
import type { Calendar } from "./contract.js";

/** How dates that name no time of day are read, and from when an answer is due soon. */
export interface CalendarOptions {
  /** IANA name of the time zone in which such a date is meant, as `America/New_York`; that of the device where not given. */
  timeZone?: string;
  /** Minutes before the end from which the answer is due soon; a day where not given. */
  soonMinutes?: number;
}

const PARTIAL_DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

/** What the machines are told: the offset of the zone on the day by which `resource` wants its answer, else today's. */
export function calendarOf(resource: string, { timeZone, soonMinutes }: CalendarOptions = {}): Calendar {
  return { soonMinutes, zoneMinutes: offsetAtEndOf(lastDay(endOf(resource)) ?? Date.now(), timeZone) };
}

/** The end as it is written. What is no JSON is for the machine to refuse. */
function endOf(resource: string): unknown {
  try {
    const { restriction, occurrencePeriod, occurrenceDateTime } = JSON.parse(resource);
    return restriction?.period?.end ?? occurrencePeriod?.end ?? occurrenceDateTime;
  } catch {
    return undefined;
  }
}

/** The last second of a date, as if it were meant in UTC; a month ends on its last day. */
function lastDay(date: unknown): number | undefined {
  const [, year, month, day] = PARTIAL_DATE.exec(String(date)) ?? [];
  if (year === undefined) return undefined;
  const days = day === undefined ? [Number(month ?? 12), 0] : [Number(month) - 1, Number(day)];
  return Date.UTC(Number(year), days[0] as number, days[1], 23, 59, 59);
}

/** Minutes east of UTC at the second that clocks in `timeZone` show as `wall` shows in UTC. */
function offsetAtEndOf(wall: number, timeZone: string | undefined): number {
  const first = offsetAt(wall, timeZone);
  return offsetAt(wall - first * 60_000, timeZone);
}

function offsetAt(moment: number, timeZone: string | undefined): number {
  const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  const name = format.formatToParts(moment).find(({ type }) => type === "timeZoneName")?.value;
  const [, sign, hours, minutes] = /([+-])(\d{2}):(\d{2})/.exec(name ?? "") ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
