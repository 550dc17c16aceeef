import type { Appointment, ClinicScene, Span } from './tables.ts';
import { type PlannedSlot, spanOf } from './weekly-schedule.ts';

/**
 * Tells of every slot that touches [from, to) how it stands. A slot is free unless its resource's time is taken: by an
 * appointment, by a hold of it or of a slot beside it (another location, another type), or by what a move left behind.
 */
export function slotStates(scene: ClinicScene, from: number, to: number): (slot: PlannedSlot) => SlotState {
  const near = <T extends Span>(rows: readonly T[]): T[] =>
    rows.filter(({ start, end }) => start < to + DAY && end > from - DAY);
  const appointments = scene.db
    .table('appointments')
    .all()
    .flatMap((row) => (row.place !== undefined && occupies(scene, row) ? [row.place] : []));
  const taken = near([...appointments, ...scene.db.table('blocks').all()]);
  const holds = near(scene.db.table('holds').all());
  const touches = near(scene.db.table('touches').all());
  return (slot) => {
    const span = spanOf(slot);
    const here = holds.filter((hold) => meet(scene, hold, span));
    const busy = taken.some((other) => meet(scene, other, span));
    const touched = touches.filter((touch) => overlap(touch, span));
    const last = touched.sort((a, b) => b.sequence - a.sequence)[0];
    return {
      status: busy ? 'busy' : here.length > 0 ? 'busy-tentative' : 'free',
      holders: [...new Set(here.map(({ clientId }) => clientId))],
      version: `3423957v${FIRST_VERSION + (last?.sequence ?? 0)}`,
      lastUpdated: last?.at ?? PLANNED_AT,
    };
  };
}

export function slotState(scene: ClinicScene, slot: PlannedSlot): SlotState {
  return slotStates(scene, slot.start, slot.end)(slot);
}

export interface SlotState {
  readonly status: 'free' | 'busy' | 'busy-tentative';
  /** Clients that hold it or a slot beside it. */
  readonly holders: readonly string[];
  readonly version: string;
  readonly lastUpdated: number;
}

/** May this client book the slot? */
export function mayBook({ settings }: ClinicScene, state: SlotState, clientId: string): boolean {
  if (state.status !== 'busy-tentative') return state.status === 'free';
  if (settings.busyTentative === 'anyone') return true;
  return settings.busyTentative === 'holder' && state.holders.every((holder) => holder === clientId);
}

export function holdSlot(scene: ClinicScene, slot: PlannedSlot, clientId: string): void {
  scene.db.table('holds').put(slot.id, { ...spanOf(slot), slotId: slot.id, clientId });
  touch(scene, spanOf(slot));
}

/** Ends every hold that keeps the slot from being free. */
export function releaseHolds(scene: ClinicScene, span: Span): void {
  for (const hold of scene.db.table('holds').all())
    if (meet(scene, hold, span)) {
      scene.db.table('holds').delete(hold.slotId);
      touch(scene, hold);
    }
}

/** Notes that a piece of time changed hands. */
export function touch(scene: ClinicScene, span: Span): void {
  const { resource, location, start, end } = span;
  const sequence = scene.db.next('touch', 1);
  const row = { resource, location, start, end, sequence, at: scene.now };
  scene.db.table('touches').put(`${resource} ${start} ${end}`, row);
}

/** Keeps the time of a slot that a move did not free. */
export function blockSpan(scene: ClinicScene, span: Span): void {
  scene.db.table('blocks').put(scene.db.next('block', 1), span);
}

/** Does a row of this status keep others from its time? */
function occupies({ settings }: ClinicScene, { status }: Appointment): boolean {
  if (status === 'noshow') return !settings.noShowFreesSlot;
  return status !== 'proposed' && status !== 'cancelled';
}

const DAY = 86_400_000;
const FIRST_VERSION = 2_380_283;
/** When the week was planned. */
const PLANNED_AT = Date.parse('2026-01-05T13:00:00Z');

function meet({ settings }: ClinicScene, one: Span, other: Span): boolean {
  return overlap(one, other) && (settings.linkedSlots || one.location === other.location);
}

function overlap(one: Span, other: Span): boolean {
  return one.resource === other.resource && one.start < other.end && other.start < one.end;
}
