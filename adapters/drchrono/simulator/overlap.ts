import { busyRows } from './appointment-book.ts';
import type { AccountScene, Appointment, Block } from './tables.ts';
import { minutesOf, overlaps, type Stretch } from './wall-clock.ts';

/** A visit's place and time, as the check for overlaps sees it. */
export type Wanted = Pick<
  Appointment,
  'id' | 'practice' | 'doctor' | 'office' | 'examRoom' | 'scheduledTime' | 'duration'
>;

/** What stands in the way of a visit, or undefined. */
export function clashOf(scene: AccountScene, wanted: Wanted): 'appointment' | 'block' | undefined {
  const { settings } = scene;
  const time = stretchOf(wanted);
  const meets = (row: Appointment): boolean => {
    if (row.id === wanted.id || !overlaps(stretchOf(row), time)) return false;
    if (settings.overlapScope === 'doctor') return row.doctor === wanted.doctor;
    if (row.office !== wanted.office) return false;
    return settings.overlapScope === 'office+room'
      ? row.examRoom === wanted.examRoom
      : row.doctor === wanted.doctor;
  };
  if (busyRows(scene, wanted.practice, wanted.scheduledTime.slice(0, 10)).some(meets)) return 'appointment';
  const blocked = blocksOf(scene, wanted.practice).some(
    (block) => blocks(block, wanted) && overlaps(blockStretch(block), time),
  );
  return blocked ? 'block' : undefined;
}

export function blocksOf({ db }: AccountScene, practice: number): Block[] {
  return db
    .table('blocks')
    .all()
    .filter((block) => block.practice === practice);
}

/** A block without a room blocks the doctor in that office. */
export function blocks(
  block: Block,
  { doctor, office, examRoom }: Pick<Wanted, 'doctor' | 'office' | 'examRoom'>,
): boolean {
  return (
    block.doctor === doctor && block.office === office && (block.room === null || block.room === examRoom)
  );
}

export function stretchOf({
  scheduledTime,
  duration,
}: Pick<Appointment, 'scheduledTime' | 'duration'>): Stretch {
  const start = minutesOf(scheduledTime);
  return { start, end: start + duration };
}

export function blockStretch({ start, end }: Block): Stretch {
  return { start: minutesOf(start), end: minutesOf(end) };
}
