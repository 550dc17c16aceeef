import { addDays, dayOfWeek, instantOf, localDateTime } from '#simulator-kit/index.ts';
import type { Practice, Session, VisitType } from './practice-plan.ts';

/** A time that the weekly template makes; whether it is free is another question. Instants are UTC. */
export interface Opening {
  readonly practitioner: string;
  readonly location: string;
  readonly visitType: VisitType;
  readonly start: string;
  readonly end: string;
}

/** Every time of a visit type that begins in [from, to), by date, in the order of the sessions. */
export function* openingsIn(practice: Practice, visitType: VisitType, window: Window): Generator<Opening> {
  for (const session of sessionsIn(practice, window)) yield* openingsOf(session, visitType, window);
}

/** Milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A session on one date, with the window's ends in it. */
export function* sessionsIn(practice: Practice, { from, to }: Window): Generator<SessionOnDate> {
  if (from >= to) return;
  const last = localDateTime(to, practice.timeZone).slice(0, 10);
  for (
    let date = localDateTime(from, practice.timeZone).slice(0, 10);
    date <= last;
    date = addDays(date, 1)
  ) {
    const weekday = dayOfWeek(date);
    for (const session of practice.sessions) {
      if (!session.days.includes(weekday)) continue;
      const at = (time: string): number => Date.parse(instantOf(`${date} ${time}:00`, practice.timeZone));
      const made = { ...session, opens: at(session.from), closes: at(session.to) };
      if (made.opens < to && from < made.closes) yield made;
    }
  }
}
interface SessionOnDate extends Session {
  readonly opens: number;
  readonly closes: number;
}

/** The time that begins at this moment with this practitioner in this department, or undefined. */
export function openingAt(
  practice: Practice,
  wanted: Pick<Opening, 'practitioner' | 'location' | 'start'> & { readonly visitType: string },
): Opening | undefined {
  const visitType = practice.visitTypes.find(({ code }) => code === wanted.visitType);
  const from = Date.parse(wanted.start);
  if (visitType === undefined || Number.isNaN(from)) return undefined;
  return [...openingsIn(practice, visitType, { from, to: from + 1 })].find(
    ({ practitioner, location }) => practitioner === wanted.practitioner && location === wanted.location,
  );
}

export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function* openingsOf(session: SessionOnDate, visitType: VisitType, { from, to }: Window): Generator<Opening> {
  const { practitioner, location } = session;
  const length = visitType.minutes * 60_000;
  for (let start = session.opens; start + length <= session.closes; start += length) {
    if (start < from || start >= to) continue;
    yield { practitioner, location, visitType, start: utc(start), end: utc(start + length) };
  }
}
