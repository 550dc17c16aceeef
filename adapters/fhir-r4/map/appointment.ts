import { type Appointment, toInstantWithOffset, type VendorAppointment } from '#adapter-kit/index.ts';
import type { AppointmentResource, PractitionerRoleResource } from '../wire/resources.ts';
import { readInstant } from './instant.ts';
import { idIn, idsIn } from './reference.ts';
import { claimsOf } from './vendor-key.ts';

export type Roles = ReadonlyMap<string, PractitionerRoleResource>;

/** An appointment in one of these takes no time of anybody. */
const takesNothing: ReadonlySet<string> = new Set([
  'cancelled',
  'noshow',
  'entered-in-error',
  'proposed',
  'waitlist',
]);

/**
 * The appointment without free text, its actors as people and places: a role is the practitioner who has it, at its only
 * location where nobody names one. Actors that are only displayed are left out.
 */
export function toAppointment(
  wire: AppointmentResource,
  timeZone: string,
  { roles = new Map(), etag, bySlot = true }: ReadWith = {},
): VendorAppointment {
  const actors = actorsOf(wire, roles);
  const [start, end] = timesOf(wire);
  const whole = start !== undefined && end !== undefined ? Math.round((end - start) / 60_000) : undefined;
  const minutes = lengthOf(wire) ?? whole;
  const created = readInstant(wire.created);
  const slots = bySlot ? slotsOf(wire) : [];
  return {
    resource: {
      resourceType: 'Appointment',
      id: wire.id,
      status: wire.status,
      ...(start !== undefined &&
        end !== undefined && {
          start: toInstantWithOffset(start, timeZone),
          end: toInstantWithOffset(end, timeZone),
        }),
      ...(minutes !== undefined && minutes >= 1 && { minutesDuration: minutes }),
      ...(created !== undefined && { created: toInstantWithOffset(created, timeZone) }),
      participant: participantsOf(actors),
    },
    version: versionOf(wire, etag),
    markers: wire.comment ?? [],
    ...(created !== undefined && { created: toInstantWithOffset(created, timeZone) }),
    claims: takesNothing.has(wire.status) ? [] : claimsOf(slots, actors.practitioners),
  };
}

export interface ReadWith {
  readonly roles?: Roles;
  readonly etag?: string | undefined;
  /** Openings of this server name slots; where it proposes times, it makes their slots itself. */
  readonly bySlot?: boolean;
}

/** `pending` is a request that waits for others; nothing is known of a status but what FHIR says. */
export function isOver(wire: AppointmentResource): boolean {
  return takesNothing.has(wire.status) && wire.status !== 'proposed' && wire.status !== 'waitlist';
}

export function slotsOf({ slot = [] }: Pick<AppointmentResource, 'slot'>): readonly string[] {
  return idsIn(slot, 'Slot');
}

/** Start and end in milliseconds; an end that is missing follows from the length. */
export function timesOf({
  start,
  end,
  minutesDuration,
}: Pick<AppointmentResource, 'start' | 'end' | 'minutesDuration'>): readonly [
  number | undefined,
  number | undefined,
] {
  const from = readInstant(start);
  const to = readInstant(end);
  if (from === undefined) return [undefined, undefined];
  if (to !== undefined && to > from) return [from, to];
  const minutes = end === undefined ? lengthOf({ minutesDuration }) : undefined;
  return [from, minutes === undefined ? undefined : from + minutes * 60_000];
}

/** Whole minutes that a visit can have; servers also send zeros, fractions and nonsense. */
function lengthOf({ minutesDuration }: Pick<AppointmentResource, 'minutesDuration'>): number | undefined {
  const minutes = Math.round(minutesDuration ?? 0);
  return minutes >= 1 && minutes <= 31 * 24 * 60 ? minutes : undefined;
}

export interface Actors {
  readonly patients: readonly string[];
  readonly practitioners: readonly string[];
  readonly locations: readonly string[];
}

export function actorsOf({ participant }: Pick<AppointmentResource, 'participant'>, roles: Roles): Actors {
  const actors = participant.map(({ actor }) => actor);
  const held = idsIn(actors, 'PractitionerRole').flatMap((id) => roles.get(id) ?? []);
  const named = idsIn(actors, 'Location');
  const ofRoles = idsIn(
    held.flatMap(({ location = [] }) => location),
    'Location',
  );
  return {
    patients: idsIn(actors, 'Patient'),
    practitioners: [
      ...new Set([
        ...idsIn(actors, 'Practitioner'),
        ...held.flatMap(({ practitioner }) => idIn(practitioner, 'Practitioner') ?? []),
      ]),
    ],
    locations: named.length > 0 || ofRoles.length !== 1 ? named : ofRoles,
  };
}

/** Where a patch finds the first participant of a type. */
export function participantOf(
  { participant }: Pick<AppointmentResource, 'participant'>,
  type: string,
): number | undefined {
  const index = participant.findIndex(({ actor }) => idIn(actor, type) !== undefined);
  return index < 0 ? undefined : index;
}

/** Opaque (FHIR R4 §2.26.1 does not count); what a caller would notice, where the server keeps no versions. */
export function versionOf(wire: AppointmentResource, etag?: string): string {
  const version = wire.meta?.versionId ?? /^(?:W\/)?"([^"]{1,64})"$/.exec(etag ?? '')?.[1];
  if (version !== undefined && /^[A-Za-z0-9.-]{1,64}$/.test(version)) return version;
  const noticed = JSON.stringify([version, wire.status, wire.start, wire.end, wire.slot, wire.participant]);
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(noticed)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `x-${hash.toString(36)}`;
}

/** The ETag to send back: the header's where there was one (RFC 9110 §8.8.3), else the version of the body. */
export function etagOf(
  wire: Pick<AppointmentResource, 'meta'>,
  etag: string | undefined,
): string | undefined {
  const form = /^(?:W\/)?"[A-Za-z0-9._-]{1,64}"$/;
  const built = wire.meta?.versionId === undefined ? undefined : `W/"${wire.meta.versionId}"`;
  return [etag, built].find((each) => each !== undefined && form.test(each));
}

function participantsOf(actors: Actors): Appointment['participant'] {
  const participant = (reference: string) => ({ actor: { reference }, status: 'accepted' as const });
  return [
    ...actors.patients.map((id) => participant(`Patient/${id}`)),
    ...actors.practitioners.map((id) => participant(`Practitioner/${id}`)),
    ...actors.locations.map((id) => participant(`Location/${id}`)),
  ];
}
