import {
  type Interval,
  instantOf,
  type Patient,
  toInstantWithOffset,
  type VendorAppointment,
  type VendorPatient,
} from '#adapter-kit/index.ts';
import type { Person, Visit } from './wire.ts';

const statusOf = { planned: 'booked', cancelled: 'cancelled', missed: 'noshow' } as const;

export function toAppointment(visit: Visit, timeZone: string): VendorAppointment {
  const { from, to } = timeOf(visit);
  const participant = (reference: string) => ({ actor: { reference }, status: 'accepted' as const });
  return {
    resource: {
      resourceType: 'Appointment',
      id: visit.id,
      status: statusOf[visit.state],
      start: toInstantWithOffset(from, timeZone),
      end: toInstantWithOffset(to, timeZone),
      minutesDuration: visit.minutes,
      created: toInstantWithOffset(visit.made, timeZone),
      participant: [
        participant(`Patient/${visit.person}`),
        participant(`Practitioner/${visit.staff}`),
        participant(`Location/${visit.room}`),
      ],
    },
    version: `r${visit.revision}`,
    markers: visit.note,
    created: visit.made,
    claims: visit.state === 'planned' ? claimsOf(visit) : [],
  };
}

export function toPatient(person: Person): VendorPatient {
  const gender: Pick<Patient, 'gender'> = person.gender === undefined ? {} : { gender: person.gender };
  return {
    resource: {
      resourceType: 'Patient',
      id: person.id,
      active: !person.left,
      name: [{ family: person.family, given: [person.given] }],
      birthDate: person.born,
      ...gender,
    },
    bookable: !person.left,
  };
}

/** A visit needs its room and its member of staff at once; sorted, so that everybody locks in one order. */
export function claimsOf({ staff, room }: { staff: string; room: string }): readonly string[] {
  return [`room:${room}`, `staff:${staff}`];
}

export function timeOf({ start, minutes }: { start: string; minutes: number }): Interval {
  const from = instantOf(start);
  return { from, to: from + minutes * 60_000 };
}
