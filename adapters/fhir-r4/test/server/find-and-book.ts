import { randomUUID } from 'node:crypto';
import type { Appointment, Bundle, Parameters, Resource, Schedule, Slot } from '@medplum/fhirtypes';
import type { Book } from './book.ts';
import type { FhirStore } from './repository.ts';

const longest = 31 * 24 * 60 * 60_000;
/** Extension by which Medplum's schedules name their services. */
export const serviceReference = 'https://medplum.com/fhir/service-type-reference';

export type OperationNames = 'argonaut' | 'ihe' | 'medplum';

/**
 * `$find` and `$book` as three guides name them. Ids of proposals last for one answer: `$book` knows only those of the
 * latest `$find`.
 */
export function scheduleByOperations(store: FhirStore, book: Book, names: OperationNames): Operations {
  let proposed: ReadonlyMap<string, readonly string[]> = new Map();

  return {
    refusalOf: async (query) => {
      if (names !== 'medplum') return undefined;
      const [from = Number.NaN, to = Number.NaN] = ['start', 'end'].map((name) =>
        Date.parse(query.get(name) ?? ''),
      );
      const [service, asked] = [query.get('service-type-reference'), query.getAll('schedule')];
      if (service === null || asked.length === 0 || !(from < to)) return 'A parameter is missing';
      if (to - from > longest) return 'Search range cannot exceed 31 days';
      const schedules = (await store.list('Schedule')).filter(({ id }) => asked.includes(`Schedule/${id}`));
      const offers = ({ serviceType = [] }: Schedule) =>
        serviceType.some(({ extension = [] }) =>
          extension.some(
            ({ url, valueReference }) => url === serviceReference && valueReference?.reference === service,
          ),
        );
      if (!schedules.every(offers)) return 'Schedule is not schedulable for requested service type';
      if (schedules.some(({ actor }) => actor.length !== 1))
        return '$find only supported on schedules with exactly one actor';
      return undefined;
    },

    find: async (query) => {
      const [from, to] = [Date.parse(query.get('start') ?? ''), Date.parse(query.get('end') ?? '')];
      const [people, schedules] = [query.getAll('practitioner'), query.getAll('schedule')];
      const free = (await store.list('Slot')).filter(
        ({ start, end, status, schedule: { reference = '' } }) =>
          status === 'free' &&
          from <= Date.parse(start) &&
          Date.parse(end) <= to &&
          (schedules.length === 0 || schedules.includes(reference)),
      );
      const ids = new Map<string, readonly string[]>();
      const found: Appointment[] = [];
      for (const first of free) {
        const { practitioner, location } = await book.placeOf(first);
        if (people.length > 0 && !people.includes(practitioner)) continue;
        // The lengths of two visit types; these operations have no word for a length.
        for (const slots of [[first], followed(first, free)]) {
          const id = randomUUID();
          if (slots.length === 0) continue;
          ids.set(
            id,
            slots.map((slot) => slot.id),
          );
          found.push({
            resourceType: 'Appointment',
            ...(names === 'argonaut' ? { id } : { contained: slots.map(({ id: _, meta, ...slot }) => slot) }),
            status: 'proposed',
            start: first.start,
            end: slots.at(-1)?.end ?? first.end,
            comment: 'canary: a proposal',
            // Medplum names the one actor of the schedule.
            participant: (names === 'medplum' ? [practitioner] : [practitioner, location]).map((reference) =>
              participant(reference, 'needs-action'),
            ),
          });
        }
      }
      proposed = ids;
      const bundle: Bundle = {
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [...found, warning].map((resource) => ({ resource })),
      };
      return names === 'medplum'
        ? { resourceType: 'Parameters', parameter: [{ name: 'return', resource: bundle }] }
        : bundle;
    },

    asAppointment: async ({ parameter = [] }) => {
      const value = (name: string) => parameter.find((each) => each.name === name);
      const resource = ['appt-resource', 'appointment-resource', 'appointment']
        .map((name) => value(name)?.resource)
        .find((each): each is Appointment => each?.resourceType === 'Appointment');
      const referenced = (type: string) =>
        resource?.participant
          .map(({ actor }) => actor?.reference ?? '')
          .find((each) => each.startsWith(type));
      const byId = proposed.get(value('appt-id')?.valueUri?.replace('Appointment/', '') ?? '') ?? [];
      const slots =
        resource === undefined
          ? (await store.list('Slot')).filter(({ id }) => byId.includes(id))
          : await book.slotsAt(
              referenced('Practitioner/')?.slice(13) ?? '',
              referenced('Location/')?.slice(9) ?? '',
              resource.start ?? '',
              (Date.parse(resource.end ?? '') - Date.parse(resource.start ?? '')) / 60_000,
            );
      const patient = value('patient-id')?.valueUri ?? referenced('Patient/');
      const [first] = slots;
      if (first === undefined || patient === undefined) return undefined;
      const { practitioner, location } = await book.placeOf(first);
      return {
        resourceType: 'Appointment',
        status: 'booked',
        start: first.start,
        end: slots.at(-1)?.end ?? first.end,
        slot: slots.map(({ id }) => ({ reference: `Slot/${id}` })),
        comment: value('comment')?.valueString ?? resource?.comment ?? '',
        participant: [patient, practitioner, location].map((reference) => participant(reference, 'accepted')),
      };
    },
  };
}

export interface Operations {
  /** Why Medplum answers 400 to this `$find` (its documentation, "Constraints"), or undefined. */
  refusalOf(query: URLSearchParams): Promise<string | undefined>;
  find(query: URLSearchParams): Promise<Resource>;
  /** What `$book` is asked to make, or undefined where it names no proposal that there is (any more). */
  asAppointment(parameters: Parameters): Promise<Appointment | undefined>;
}

const warning: Resource = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'warning', code: 'processing', diagnostics: 'canary: half the office is on holiday' }],
};

function followed(first: Slot & { id: string }, slots: readonly (Slot & { id: string })[]) {
  const next = slots.find(
    (slot) => slot.schedule.reference === first.schedule.reference && slot.start === first.end,
  );
  return next === undefined ? [] : [first, next];
}

function participant(reference: string, status: 'needs-action' | 'accepted') {
  return { actor: { reference, display: 'Canary Display' }, status };
}
