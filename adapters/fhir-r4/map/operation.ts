import type { BookingRequest, OpeningQuery, SearchParams } from '#adapter-kit/index.ts';
import type { FhirSettings } from '../settings.ts';
import type { ProposalResource, ScheduleResource } from '../wire/resources.ts';
import { medplumService } from '../wire/sent.ts';
import { slotsOf } from './appointment.ts';
import { utc } from './instant.ts';
import { idIn, idsIn } from './reference.ts';
import { conceptOf } from './token.ts';

type Names = FhirSettings['operationNames'];
type Schedules = ReadonlyMap<string, ScheduleResource>;
// A type, because what is sent is a record of anything to fhir-kit-client.
type Parameters = { resourceType: 'Parameters'; parameter: readonly object[] };

/** More than a server gives at once (Medplum's limit); as many as this may have been cut off. */
export const mostTimes = 1_000;

/**
 * What `$find` is asked besides `start` and `end`, one request for each entry: Argonaut Scheduling 1.0.1 and IHE ITI-115
 * ask once for all, Medplum once for each schedule, because several schedules in one request have to be free together.
 * Argonaut has no `_count`, and a server may say of what it does not know that it has not used it.
 */
export const findParameters: Readonly<
  Record<
    Names,
    (query: OpeningQuery, schedules: Schedules, settings: FhirSettings) => readonly SearchParams[]
  >
> = {
  argonaut: (query) => [commonFind(query)],
  ihe: (query) => [{ ...commonFind(query), _count: mostTimes }],
  medplum: ({ visitTypeRef, practitioners = [] }, schedules) =>
    visitTypeRef === undefined
      ? []
      : [...schedules.values()]
          .filter((schedule) => offersAtMedplum(schedule, visitTypeRef))
          .filter(({ actor }) => {
            const [person = ''] = idsIn(actor, 'Practitioner');
            return practitioners.length === 0 || practitioners.includes(person);
          })
          .map(({ id }) => ({
            'service-type-reference': visitTypeRef,
            schedule: `Schedule/${id}`,
            _count: mostTimes,
          })),
};

/** Longest window of `$find`, milliseconds, from its start to the end of the last visit. */
export const longestFind: Readonly<Record<Names, number>> = {
  argonaut: Number.POSITIVE_INFINITY,
  ihe: Number.POSITIVE_INFINITY,
  medplum: 31 * 24 * 60 * 60_000,
};

/** Medplum's `$find` answers 400 for a schedule of several actors, and for one that does not name the service. */
function offersAtMedplum({ actor, serviceType = [] }: ScheduleResource, service: string): boolean {
  const services = serviceType.flatMap(({ extension = [] }) =>
    extension.filter(({ url }) => url === medplumService).map(({ valueReference }) => valueReference),
  );
  const isOfOne = actor.length === 1 && idsIn(actor, 'Practitioner').length === 1;
  return isOfOne && idsIn(services, 'HealthcareService').includes(service.replace('HealthcareService/', ''));
}

/** Parameters of `$book` for a proposal. The marker goes where the server keeps the comment. */
export const bookParameters: Readonly<
  Record<Names, (proposal: ProposalResource, request: BookingRequest, type: string | undefined) => Parameters>
> = {
  argonaut: (proposal, request, type) =>
    parameters(
      proposal.id === undefined
        ? { name: 'appt-resource', resource: asked(proposal, request, type) }
        : { name: 'appt-id', valueUri: `Appointment/${proposal.id}` },
      { name: 'patient-id', valueUri: `Patient/${request.patient}` },
      { name: 'comment', valueString: request.marker },
    ),
  ihe: (proposal, request, type) =>
    parameters(
      { name: 'appointment-resource', resource: asked(proposal, request, type) },
      { name: 'comment', valueString: request.marker },
    ),
  medplum: (proposal, request, type) =>
    parameters({
      name: 'appointment',
      resource: {
        ...asked(proposal, request, undefined),
        status: 'proposed',
        contained: (proposal.contained ?? []).flatMap((slot, index) => {
          const schedule = idIn(slot.schedule, 'Schedule');
          if (schedule === undefined) return [];
          const times = { start: utc(request.opening.start), end: utc(request.opening.end) };
          const reference = { schedule: { reference: `Schedule/${schedule}` } };
          return [{ resourceType: 'Slot', id: `slot-${index}`, ...reference, status: 'busy', ...times }];
        }),
        ...(type !== undefined && {
          serviceType: [
            {
              extension: [
                {
                  url: medplumService,
                  valueReference: { reference: type },
                },
              ],
            },
          ],
        }),
      },
    }),
};

function commonFind({ visitTypeRef, practitioners = [], locations = [] }: OpeningQuery): SearchParams {
  return {
    ...(isSome(practitioners) && { practitioner: practitioners.map((id) => `Practitioner/${id}`) }),
    ...(isSome(locations) && { 'location-reference': locations.map((id) => `Location/${id}`) }),
    ...(visitTypeRef !== undefined && { 'visit-type': visitTypeRef }),
  };
}

/** Of more than a request takes, all are asked for, and picked here. */
function isSome(ids: readonly string[]): boolean {
  return ids.length > 0 && ids.length <= 50;
}

/** The proposal for this patient, as a request: of what the server proposed only what identifies it goes back. */
function asked(
  proposal: ProposalResource,
  { patient, opening, marker }: BookingRequest,
  type: string | undefined,
) {
  const participant = (reference: string, status: string) => ({ actor: { reference }, status });
  const slots = slotsOf(proposal);
  return {
    resourceType: 'Appointment',
    ...(proposal.id !== undefined && { id: proposal.id }),
    status: 'pending',
    ...(type !== undefined && { serviceType: [conceptOf(type)] }),
    start: utc(opening.start),
    end: utc(opening.end),
    minutesDuration: opening.minutes,
    ...(slots.length > 0 && { slot: slots.map((id) => ({ reference: `Slot/${id}` })) }),
    comment: marker,
    participant: [
      participant(`Patient/${patient}`, 'accepted'),
      participant(`Practitioner/${opening.practitioner}`, 'needs-action'),
      participant(`Location/${opening.location}`, 'needs-action'),
    ],
  };
}

function parameters(...parameter: readonly object[]): Parameters {
  return { resourceType: 'Parameters', parameter };
}
