import { fhirId } from './fhir-id.ts';
import type { Practice } from './practice-plan.ts';
import { type Opening, openingAt } from './weekly-template.ts';

/** One schedule for each practitioner in each department where they work. */
export interface ScheduleRow {
  readonly id: string;
  readonly practitioner: string;
  readonly location: string;
}

export function schedulesOf({ sessions }: Practice): readonly ScheduleRow[] {
  const known = made.get(sessions);
  if (known !== undefined) return known;
  const pairs = new Map(
    sessions.map(({ practitioner, location }) => [`${practitioner} ${location}`, { practitioner, location }]),
  );
  const rows = [...pairs.values()].map((pair, index) => ({ id: fhirId('Schedule', index + 1), ...pair }));
  made.set(sessions, rows);
  return rows;
}

/** Asked several times for each time that is found. */
const made = new WeakMap<Practice['sessions'], readonly ScheduleRow[]>();

export function scheduleOf(
  practice: Practice,
  { practitioner, location }: Pick<Opening, 'practitioner' | 'location'>,
): ScheduleRow {
  const row = schedulesOf(practice).find(
    (one) => one.practitioner === practitioner && one.location === location,
  );
  if (row === undefined)
    throw new TypeError('An opening comes from a session, and a session has a schedule.');
  return row;
}

/** The id of an opening's slot: the same at every `$find`, unlike that of the proposed appointment around it. */
export function slotId(practice: Practice, opening: Opening): string {
  const schedule = schedulesOf(practice).findIndex(({ id }) => id === scheduleOf(practice, opening).id);
  const parts = [schedule, Date.parse(opening.start) / 60_000, opening.visitType.code];
  return `e${Buffer.from(parts.join('.')).toString('base64url')}3`;
}

/** The opening behind a slot's id, or undefined. */
export function openingOfSlot(practice: Practice, id: string): Opening | undefined {
  const [schedule, minute, visitType = ''] = Buffer.from(id.slice(1, -1), 'base64url').toString().split('.');
  const row = schedulesOf(practice)[Number(schedule)];
  const at = Number(minute) * 60_000;
  if (row === undefined || !(at >= 0 && at < Date.UTC(9999, 0))) return undefined;
  const opening = openingAt(practice, { ...row, visitType, start: new Date(at).toISOString() });
  return opening !== undefined && slotId(practice, opening) === id ? opening : undefined;
}
