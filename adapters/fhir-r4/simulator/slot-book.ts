import { textOf } from './json.ts';
import type { AppointmentRow, ClinicScene, Span } from './tables.ts';
import { type PlannedSlot, spanOf } from './weekly-schedule.ts';

/**
 * Tells of every slot that touches [from, to) how it stands, `except` one appointment. A slot's status is never stored:
 * it follows from the appointments that take its schedule's time, or its practitioner's in another schedule.
 */
export function slotStates(
  scene: ClinicScene,
  from: number,
  to: number,
  except?: string,
): (slot: PlannedSlot) => SlotState {
  const near = <T extends Span>(spans: readonly T[]): T[] =>
    spans.filter(({ start, end }) => start < to + DAY && end > from - DAY);
  const taken = near(
    scene.db
      .table('appointments')
      .all()
      .filter((row) => row.id !== except && occupies(scene, row))
      .flatMap(({ spans, resource }) =>
        spans.map((span) => ({ ...span, isPending: textOf(resource.status) === 'pending' })),
      ),
  );
  const touches = near(scene.db.table('touches').all());
  return (slot) => {
    const span = spanOf(slot);
    const here = taken.filter((other) => overlap(other, span) && isSame(scene, other, span));
    const own = here.filter(({ schedule }) => schedule === span.schedule);
    const last = touches
      .filter((touch) => overlap(touch, span) && isSame(scene, touch, span))
      .sort((a, b) => b.sequence - a.sequence)[0];
    return {
      status: statusOf(here.length, own),
      version: 1 + (last?.sequence ?? 0),
      lastUpdated: last?.at ?? PLANNED_AT,
    };
  };
}

export function slotState(scene: ClinicScene, slot: PlannedSlot, except?: string): SlotState {
  return slotStates(scene, slot.start, slot.end, except)(slot);
}

export interface SlotState {
  /** Of slotstatus (FHIR R4). `busy-unavailable`: the practitioner is somewhere else. */
  readonly status: 'free' | 'busy' | 'busy-tentative' | 'busy-unavailable';
  readonly version: number;
  readonly lastUpdated: number;
}

/** Notes that a span changed hands. */
export function touch(scene: ClinicScene, span: Span): void {
  const sequence = scene.db.next('touch', 1);
  const key = `${span.schedule} ${span.practitioner ?? ''} ${span.start} ${span.end}`;
  scene.db.table('touches').put(key, { ...span, sequence, at: scene.now });
}

/** Does an appointment keep others from its time? */
function occupies({ settings }: ClinicScene, { resource }: AppointmentRow): boolean {
  const status = textOf(resource.status);
  if (status === 'noshow') return !settings.noShowFreesSlot;
  return !['proposed', 'waitlist', 'cancelled', 'entered-in-error'].includes(status ?? '');
}

const DAY = 86_400_000;
/** When the week was planned. */
export const PLANNED_AT = Date.parse('2026-01-05T17:00:00Z');

function statusOf(takers: number, own: readonly { readonly isPending: boolean }[]): SlotState['status'] {
  if (takers === 0) return 'free';
  if (own.length === 0) return 'busy-unavailable';
  return own.every(({ isPending }) => isPending) ? 'busy-tentative' : 'busy';
}

function isSame({ settings }: ClinicScene, one: Span, other: Span): boolean {
  if (one.schedule === other.schedule) return true;
  const samePerson = one.practitioner !== undefined && one.practitioner === other.practitioner;
  // The front desk books people, of no schedule: that is their time in any case.
  return samePerson && (settings.otherSchedules === 'taken' || one.schedule === 0);
}

function overlap(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end;
}
