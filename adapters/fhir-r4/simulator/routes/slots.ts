import { SERVICE_TYPES } from '../clinic-plan.ts';
import { byCode, byDate, byReference, byToken } from '../criteria.ts';
import { dateTest } from '../date-search.ts';
import { notFound } from '../outcome.ts';
import { type Searched, search } from '../search.ts';
import { type SlotState, slotState, slotStates } from '../slot-book.ts';
import type { ClinicCall, Method } from '../tables.ts';
import { type PlannedSlot, slotOf, slotsBetween } from '../weekly-schedule.ts';
import type { FhirResource } from '../wire/fhir-resource.ts';
import { scheduleOnWire, slotOnWire } from '../wire/schedule.ts';
import { readAnswer } from './answer.ts';
import { entryOf } from './directory.ts';

const of = { type: 'Slot' } as const;

export const slotMethods: readonly Method[] = [
  { ...of, verb: 'GET', template: '/Slot', needs: 's', handle: (call) => search(call, slots) },
  { ...of, verb: 'POST', template: '/Slot/_search', needs: 's', handle: (call) => search(call, slots) },
  {
    ...of,
    verb: 'GET',
    template: '/Slot/{id}',
    needs: 'r',
    handle(call) {
      const slot = slotOf(call.clinic, call.path.id ?? '');
      if (slot === undefined || !isPublished(call, slot)) throw notFound();
      const state = slotState(call, slot);
      return readAnswer(call, slotOnWire(call, slot, state), state.version, state.lastUpdated);
    },
  },
];

export interface FoundSlot {
  readonly slot: PlannedSlot;
  readonly state: SlotState;
}

const orderOf = ({ slot }: FoundSlot): string => `${String(slot.start).padStart(15, '0')} ${slot.id}`;

/** There is no parameter for an end, a place or a person: those are the schedule's (FHIR R4 Slot). */
export const slots: Searched<FoundSlot> = {
  type: 'Slot',
  criteria: {
    _id: byCode(({ slot }) => slot.id),
    schedule: byReference(({ slot }) => [`Schedule/${slot.schedule.id}`], 'Schedule'),
    'schedule.actor': byReference(
      ({ slot }) => slot.schedule.actors,
      'Practitioner',
      'PractitionerRole',
      'Location',
    ),
    'service-type': byToken(({ slot }) =>
      slot.schedule.services.map((code) => ({ system: SERVICE_TYPES, code })),
    ),
    start: byDate(({ slot }) => slot.start),
    status: byCode(({ state }) => state.status),
  },
  things: publishedSlots,
  orders: { '': orderOf, start: orderOf },
  resource: (call, { slot, state }) => slotOnWire(call, slot, state),
  includes: {
    'Slot:schedule': (call, { slot }) => [scheduleOnWire(call, slot.schedule)],
    'Schedule:actor': (call, { slot }) => actorsOf(call, slot),
  },
};

const DAY = 86_400_000;

/** Those of the last sixty days and of the coming ones that are published, as far as `start` lets them through. */
function publishedSlots(call: ClinicCall, values: (name: string) => readonly string[]): FoundSlot[] {
  const published = publishedBetween(call);
  const range = values('start')
    .filter((value) => !value.includes(','))
    .flatMap((value) => dateTest(value, call.clinic.timeZone) ?? [])
    .reduce((all, { from, to }) => ({ from: Math.max(all.from, from), to: Math.min(all.to, to) }), published);
  const states = slotStates(call, range.from, range.to);
  return [...slotsBetween(call.clinic, range.from, range.to)].map((slot) => ({ slot, state: states(slot) }));
}

function publishedBetween({ now, settings }: ClinicCall): { readonly from: number; readonly to: number } {
  return { from: now - 60 * DAY, to: now + settings.publishedDays * DAY };
}

function isPublished(call: ClinicCall, { start }: PlannedSlot): boolean {
  const { from, to } = publishedBetween(call);
  return start >= from && start < to;
}

function actorsOf(call: ClinicCall, { schedule }: PlannedSlot): readonly FhirResource[] {
  return schedule.actors.flatMap((reference) => entryOf(call, reference) ?? []);
}
