import type { LedgerStatus, LedgerWrite, Writer } from '#simulator-kit/index.ts';
import { instantAfter } from '#simulator-kit/index.ts';
import { type AppointmentContent, contentOf } from './appointment-rules.ts';
import { textOf } from './json.ts';
import { refuse } from './outcome.ts';
import { slotState, touch } from './slot-book.ts';
import type { AppointmentRow, ClinicScene, Json, Span } from './tables.ts';
import { type PlannedSlot, slotOf, spanOf } from './weekly-schedule.ts';

/** The one way in which an appointment is written: row, slots and ledger together. */
export function writeAppointment(
  scene: ClinicScene,
  before: AppointmentRow | undefined,
  row: Omit<AppointmentRow, 'version' | 'lastUpdated'>,
  write: Omit<LedgerWrite, 'at'>,
): AppointmentRow {
  const written = { ...row, version: (before?.version ?? 0) + 1, lastUpdated: scene.now };
  scene.db.table('appointments').put(row.id, written);
  for (const span of [...(before?.spans ?? []), ...row.spans]) touch(scene, span);
  const status = textOf(row.resource.status) ?? '';
  record(scene, written, write, LEDGER_STATUS[status] ?? 'booked');
  return written;
}

export function newAppointmentId(scene: ClinicScene): string {
  return String(scene.db.next('Appointment', 90_001));
}

/** What the front desk can do and the API cannot. From then on it is 410. */
export function removeAppointment(scene: ClinicScene, row: AppointmentRow, by: Writer): void {
  scene.db.table('appointments').delete(row.id);
  scene.db.table('gone').put(`Appointment/${row.id}`, { at: scene.now });
  for (const span of row.spans) touch(scene, span);
  record(scene, row, { by, action: 'delete' }, 'entered-in-error');
}

/**
 * The time that an appointment takes: that of its slots, which have to be free unless they are its own already.
 *
 * @throws Refusal for a slot that is taken or none, for several where one is all, for a time that is not that of the slots
 */
export function takeSlots(
  scene: ClinicScene,
  content: AppointmentContent,
  before: AppointmentRow | undefined,
): readonly Span[] {
  if (content.slots.length === 0) return spansWithoutSlots(scene, content);
  const slots = content.slots.map((id) => {
    const slot = slotOf(scene.clinic, id);
    if (slot === undefined) throw refuse(422, 'business-rule', 'There is no such slot.');
    return slot;
  });
  requireConsecutive(scene, slots);
  const [first, last] = [slots.at(0), slots.at(-1)];
  if (content.start !== undefined && (content.start !== first?.start || content.end !== last?.end))
    throw refuse(422, 'business-rule', 'The time is not that of the slots.');
  const { settings } = scene;
  const keeps = before !== undefined && sameSpans(before.spans, slots.map(spanOf));
  if (settings.slotRule === 'enforced' && !keeps && needsTime(content)) {
    if (settings.past === 'reject422' && (first?.start ?? 0) < scene.now)
      throw refuse(422, 'business-rule', 'The time has begun.');
    for (const slot of slots)
      if (slotState(scene, slot, before?.id).status !== 'free')
        throw refuse(Number(settings.slotTaken), 'conflict', 'The slot is not free.');
  }
  return slots.map(spanOf);
}

/** References of a slot's schedule, a role's practitioner and place instead of the role. */
export function actorsOf({ clinic }: ClinicScene, content: AppointmentContent): readonly string[] {
  const [slot] = content.slots.flatMap((id) => slotOf(clinic, id) ?? []);
  if (slot === undefined) return [];
  const { practitioner, location } = slot.schedule;
  return [...(practitioner === undefined ? [] : [`Practitioner/${practitioner}`]), `Location/${location}`];
}

export function sameSpans(one: readonly Span[], other: readonly Span[]): boolean {
  const words = (spans: readonly Span[]): string =>
    spans.map(({ schedule, start, end }) => `${schedule} ${start} ${end}`).join();
  return words(one) === words(other);
}

const LEDGER_STATUS: Readonly<Record<string, LedgerStatus>> = {
  proposed: 'proposed',
  waitlist: 'proposed',
  pending: 'booked',
  booked: 'booked',
  arrived: 'arrived',
  'checked-in': 'arrived',
  fulfilled: 'fulfilled',
  cancelled: 'cancelled',
  noshow: 'noshow',
  'entered-in-error': 'entered-in-error',
};

function needsTime({ status }: AppointmentContent): boolean {
  return ['pending', 'booked', 'arrived', 'checked-in', 'fulfilled'].includes(status);
}

function requireConsecutive({ settings }: ClinicScene, slots: readonly PlannedSlot[]): void {
  if (slots.length > 1 && settings.severalSlots === 'reject422')
    throw refuse(422, 'business-rule', 'An appointment has one slot.');
  for (const [index, slot] of slots.entries()) {
    const next = slots[index + 1];
    if (next !== undefined && (next.schedule !== slot.schedule || next.start !== slot.end))
      throw refuse(422, 'business-rule', 'Several slots follow one another in one schedule.');
  }
}

/** An appointment without slots takes the time of the practitioner whom it names, if it names one. */
function spansWithoutSlots({ clinic }: ClinicScene, content: AppointmentContent): readonly Span[] {
  const { start, end, practitioners, locations } = content;
  if (start === undefined || end === undefined) return [];
  const location = locations[0] ?? clinic.locations[0]?.id ?? '';
  return practitioners.map((practitioner) => ({ schedule: 0, practitioner, location, start, end }));
}

function record(
  scene: ClinicScene,
  { id, resource, spans }: AppointmentRow,
  write: Omit<LedgerWrite, 'at'>,
  status: LedgerStatus,
): void {
  const { start, end, patients, practitioners, locations } = contentOf(resource);
  const local = (at: number | undefined): string | null =>
    at === undefined ? null : instantAfter(new Date(at).toISOString(), 0, scene.clinic.timeZone);
  const [span] = spans;
  scene.ledger.appointment(
    {
      id,
      patientId: patients[0] ?? '',
      start: local(start),
      end: local(end),
      practitionerId: span?.practitioner ?? practitioners[0] ?? null,
      locationId: span?.location ?? locations[0] ?? null,
      status,
      nativeStatus: String(resource.status),
      note: textOf(resource.comment) ?? '',
    },
    write,
  );
}

/** An Appointment in the clinic's own hand, with everybody whom its slot is of. */
export function visitResource(
  { clinic }: ClinicScene,
  visit: {
    readonly status: string;
    readonly patientId: string;
    readonly practitionerId: string | undefined;
    readonly locationId: string;
    readonly start: number;
    readonly end: number;
    readonly slot?: string | undefined;
    readonly comment?: string | undefined;
  },
): Json {
  const local = (at: number): string => instantAfter(new Date(at).toISOString(), 0, clinic.timeZone);
  const { status, patientId, practitionerId, locationId, start, end, slot, comment } = visit;
  const actors = [
    `Patient/${patientId}`,
    ...(practitionerId === undefined ? [] : [`Practitioner/${practitionerId}`]),
    `Location/${locationId}`,
  ];
  return {
    resourceType: 'Appointment',
    status,
    start: local(start),
    end: local(end),
    minutesDuration: (end - start) / 60_000,
    ...(slot !== undefined && { slot: [{ reference: `Slot/${slot}` }] }),
    ...(comment !== undefined && { comment }),
    participant: actors.map((reference) => ({ actor: { reference }, status: 'accepted' })),
  };
}

/** Ids of the patients of an appointment, as it was stored. */
export function patientsOf({ resource }: Pick<AppointmentRow, 'resource'>): readonly string[] {
  return contentOf(resource).patients;
}
