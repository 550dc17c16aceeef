import type { Resource } from '@medplum/fhirtypes';

const day = 24 * 60 * 60_000;
const minute = 60_000;
const visit = 30 * minute;

/** Two people, two places, and nine days of half-hour slots in the mornings of an office in Chicago. */
export function seed(now: number): readonly Resource[] {
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
        (at): Resource => ({
          resourceType: 'Slot',
          id: `${schedule}-${at / minute}`,
          schedule: { reference: `Schedule/${schedule}` },
          serviceType: [{ coding: [{ system: serviceSystem, code: 'visit' }], text: 'Canary visit' }],
          status: 'free',
          start: new Date(at).toISOString(),
          end: new Date(at + visit).toISOString(),
          comment: 'canary: keep for nobody',
        }),
      ),
    ),
  );
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
  ];
}

const serviceSystem = 'http://example.org/visit-types';

function practitioner(id: string, family: string, given: string): Resource {
  return { resourceType: 'Practitioner', id, active: true, name: [{ family, given: [given] }] };
}
