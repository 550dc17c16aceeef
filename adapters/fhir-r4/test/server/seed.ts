import type { Resource, Schedule } from '@medplum/fhirtypes';
import { addDays, instantToLocalDate, localDay } from '#adapter-kit/index.ts';
import { type OperationNames, serviceReference } from './find-and-book.ts';

const day = 24 * 60 * 60_000;
const minute = 60_000;
const visit = 30 * minute;

export const timeZone = 'America/Chicago';

/**
 * Two people, two places, and nine days of half-hour slots in the mornings of an office in Chicago; and, in the night in
 * which the clocks go back, a slot at half past one, twice.
 */
export function seed(now: number, names: OperationNames | undefined): readonly Resource[] {
  const midnight = Math.floor(now / day) * day;
  const schedules = [
    { id: 'ada-garden', actors: ['Practitioner/ada', 'Location/garden'] },
    // One person at two places at the same times: only one of two such slots can be booked.
    { id: 'ben-garden', actors: ['PractitionerRole/ben-at-garden'] },
    { id: 'ben-street', actors: ['Practitioner/ben', 'Location/street'] },
  ];
  const hours = [
    { schedule: 'ada-garden', from: 14, to: 17 },
    { schedule: 'ben-garden', from: 15, to: 16 },
    { schedule: 'ben-street', from: 15, to: 18 },
  ];
  const slots = Array.from({ length: 9 }, (_, index) => midnight + (index + 1) * day).flatMap((start) =>
    hours.flatMap(({ schedule, from, to }) =>
      Array.from({ length: (to - from) * 2 }, (_, index) => start + from * 60 * minute + index * visit).map(
        (at) => slot(schedule, at),
      ),
    ),
  );
  const halfPastOne = nextLongDay(now) + 90 * minute;
  return [
    practitioner('ada', 'Lovelace', 'Ada'),
    practitioner('ben', 'Franklin', 'Ben'),
    { resourceType: 'Location', id: 'garden', status: 'active', name: 'Garden' },
    { resourceType: 'Location', id: 'street', status: 'active', name: 'Street' },
    {
      resourceType: 'PractitionerRole',
      id: 'ben-at-garden',
      active: true,
      practitioner: { reference: 'Practitioner/ben' },
      location: [{ reference: 'Location/garden' }],
    },
    {
      resourceType: 'HealthcareService',
      id: 'visit',
      active: true,
      name: 'Visit',
      type: [{ coding: [{ system: serviceSystem, code: 'visit' }] }],
    },
    ...schedules.map(
      ({ id, actors }): Resource => ({
        resourceType: 'Schedule',
        id,
        active: true,
        actor: actors.map((reference) => ({ reference })),
        ...(names === 'medplum' && medplumSchedule(id)),
      }),
    ),
    {
      resourceType: 'Patient',
      id: 'resident',
      active: true,
      name: [{ family: 'Resident', given: ['Rae'] }],
      birthDate: '1950-01-01',
      address: [{ text: 'Canary Street 1' }],
    },
    ...slots,
    ...[halfPastOne, halfPastOne + 60 * minute].map((at) => slot('ada-garden', at)),
  ];
}

function slot(schedule: string, at: number): Resource {
  return {
    resourceType: 'Slot',
    id: `${schedule}-${at / minute}`,
    schedule: { reference: `Schedule/${schedule}` },
    serviceType: [{ coding: [{ system: serviceSystem, code: 'visit' }], text: 'Canary visit' }],
    status: 'free',
    start: new Date(at).toISOString(),
    end: new Date(at + visit).toISOString(),
    comment: 'canary: keep for nobody',
  };
}

/** Midnight of the next local day that has 25 hours. */
function nextLongDay(now: number): number {
  for (let date = addDays(instantToLocalDate(now, timeZone), 1); ; date = addDays(date, 1)) {
    const { from, to } = localDay(date, timeZone);
    if (to - from > day) return from;
  }
}

/** One schedule as Medplum's `$find` wants it: of one actor, with its services by reference. The others are not so. */
function medplumSchedule(id: string): Partial<Schedule> {
  if (id !== 'ada-garden') return {};
  const extension = [{ url: serviceReference, valueReference: { reference: 'HealthcareService/visit' } }];
  return { actor: [{ reference: 'Practitioner/ada' }], serviceType: [{ extension }] };
}

const serviceSystem = 'http://example.org/visit-types';

function practitioner(id: string, family: string, given: string): Resource {
  return { resourceType: 'Practitioner', id, active: true, name: [{ family, given: [given] }] };
}
