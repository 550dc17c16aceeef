import type { Appointment, Slot } from '@medplum/fhirtypes';
import type { FhirStore } from './repository.ts';

/**
 * The rule that turns a FHIR repository into an EMR: an appointment takes its slots and with them the time of its
 * people, and gives both back when it is cancelled. FHIR leaves it to servers; this is what ours does.
 */
export function keepBook(store: FhirStore): Book {
  /** Whose time a slot is, read once for many slots. */
  const owners = async (): Promise<(slot: Slot) => string | undefined> => {
    const roles = new Map(
      (await store.list('PractitionerRole')).map((role) => [`PractitionerRole/${role.id}`, role]),
    );
    const bySchedule = new Map(
      (await store.list('Schedule')).map(({ id, actor }) => {
        const references = actor.map(({ reference = '' }) => reference);
        const person = references.find((reference) => reference.startsWith('Practitioner/'));
        const role = references.map((reference) => roles.get(reference)).find((each) => each !== undefined);
        return [`Schedule/${id}`, person ?? role?.practitioner?.reference];
      }),
    );
    return ({ schedule }) => bySchedule.get(schedule.reference ?? '');
  };
  const slotsOf = async ({ slot = [] }: Appointment): Promise<readonly Stored[]> => {
    const wanted = new Set(slot.map(({ reference }) => reference));
    return (await store.list('Slot')).filter(({ id }) => wanted.has(`Slot/${id}`));
  };

  return {
    refusal: async (appointment) => {
      const patient = referenceOf(appointment, 'Patient');
      if (!(await store.list('Patient')).some(({ id }) => `Patient/${id}` === patient))
        return 'unknown patient';
      const asked = appointment.slot ?? [];
      const slots = await slotsOf(appointment);
      if (asked.length === 0 || slots.length !== asked.length) return 'unknown slot';
      return slots.every((slot) => slot.status === 'free') ? undefined : 'taken';
    },
    settle: async () => {
      const owner = await owners();
      const live = (await store.list('Appointment')).filter(({ status }) => takes.has(status));
      const booked = new Set(live.flatMap(({ slot = [] }) => slot.map(({ reference }) => reference)));
      const slots = await store.list('Slot');
      const away = live.map((appointment) => {
        const mine = new Set((appointment.slot ?? []).map(({ reference }) => reference));
        const bySlot = slots.filter(({ id }) => mine.has(`Slot/${id}`)).map(owner);
        return { appointment, people: [referenceOf(appointment, 'Practitioner'), ...bySlot] };
      });
      for (const slot of slots) {
        const isAway = away.some(
          ({ appointment, people }) => people.includes(owner(slot)) && overlaps(slot, appointment),
        );
        const status = booked.has(`Slot/${slot.id}`) ? 'busy' : isAway ? 'busy-unavailable' : 'free';
        if (slot.status !== status) await store.put({ ...slot, status });
      }
    },
    placeOf: async (slot) => {
      const place = slot.schedule.reference?.replace(/^.*-/, '');
      return { practitioner: (await owners())(slot) ?? '', location: `Location/${place}` };
    },
    slotsAt: async (practitioner, location, start, minutes) => {
      const owner = await owners();
      const [from, to] = [Date.parse(start), Date.parse(start) + minutes * 60_000];
      return (await store.list('Slot')).filter(
        (slot) =>
          slot.schedule.reference?.endsWith(`-${location}`) === true &&
          Date.parse(slot.start) >= from &&
          Date.parse(slot.end) <= to &&
          owner(slot) === `Practitioner/${practitioner}`,
      );
    },
  };
}

type Stored = Slot & { readonly id: string };

export interface Book {
  /** Why this appointment cannot be, or undefined. */
  refusal(appointment: Appointment): Promise<'unknown patient' | 'unknown slot' | 'taken' | undefined>;
  /** Makes every slot say what the appointments say. */
  settle(): Promise<void>;
  /** References. */
  placeOf(slot: Slot): Promise<{ readonly practitioner: string; readonly location: string }>;
  slotsAt(practitioner: string, location: string, start: string, minutes: number): Promise<readonly Stored[]>;
}

export function referenceOf({ participant }: Appointment, type: string): string | undefined {
  return participant.map(({ actor }) => actor?.reference).find((each) => each?.startsWith(`${type}/`));
}

const takes: ReadonlySet<string | undefined> = new Set(['booked', 'pending', 'arrived', 'fulfilled']);

function overlaps(slot: Slot, { start, end }: Appointment): boolean {
  if (start === undefined || end === undefined) return false;
  return Date.parse(slot.start) < Date.parse(end) && Date.parse(start) < Date.parse(slot.end);
}
