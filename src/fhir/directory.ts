import type {
  Extension,
  HealthcareService,
  HumanName,
  Location,
  Practitioner,
  PractitionerRole,
  Reference,
  Schedule,
} from '@medplum/fhirtypes';
import { extension, profile } from './canonical.ts';
import { localInstant } from './date-time.ts';
import { type VisitTypeCode, visitTypeConcept } from './visit-type.ts';

/** Somebody or something by the id this gateway gave it, and what people call it. */
export interface Named {
  readonly id: string;
  readonly display: string;
}

/** Only the name leaves: no identifiers, addresses or qualifications. */
export function practitionerOf(
  one: Named & { readonly name?: HumanName; readonly active?: boolean },
): Practitioner & { id: string } {
  const { family, given, prefix, suffix } = one.name ?? {};
  return {
    resourceType: 'Practitioner',
    id: one.id,
    meta: { profile: [profile.practitioner] },
    active: one.active ?? true,
    name: [
      {
        text: one.display,
        ...(family !== undefined && { family }),
        ...(given !== undefined && given.length > 0 && { given }),
        ...(prefix !== undefined && prefix.length > 0 && { prefix }),
        ...(suffix !== undefined && suffix.length > 0 && { suffix }),
      },
    ],
  };
}

/** A place where visits happen. The zone is the practice's. */
export function locationOf(
  one: Named & { readonly active?: boolean },
  zone: string,
): Location & { id: string } {
  return {
    resourceType: 'Location',
    id: one.id,
    meta: { profile: [profile.location] },
    extension: [timeZone(zone)],
    status: (one.active ?? true) ? 'active' : 'inactive',
    name: one.display,
    mode: 'instance',
  };
}

/** Who sees patients where, for which visit types. */
export function practitionerRoleOf(one: {
  readonly id: string;
  readonly practitioner: Named;
  readonly locations: readonly Named[];
  readonly services: readonly Named[];
  readonly active?: boolean;
}): PractitionerRole & { id: string } {
  return {
    resourceType: 'PractitionerRole',
    id: one.id,
    meta: { profile: [profile.practitionerRole] },
    active: one.active ?? true,
    practitioner: reference('Practitioner', one.practitioner),
    ...(one.locations.length > 0 && {
      location: one.locations.map((place) => reference<Location>('Location', place)),
    }),
    ...(one.services.length > 0 && {
      healthcareService: one.services.map((service) =>
        reference<HealthcareService>('HealthcareService', service),
      ),
    }),
  };
}

export interface ServiceView {
  /** Id of the HealthcareService. */
  readonly id: string;
  readonly visitType: VisitTypeCode;
  readonly minutes: number;
  readonly locations?: readonly Named[];
  /** False when agents do not book it. */
  readonly active?: boolean;
  /** `approval`: what an agent books waits for the office. */
  readonly approval?: boolean;
  readonly patients?: 'new' | 'existing' | 'all';
}

/** A visit type of the practice, as a service that can be asked for. */
export function healthcareServiceOf(one: ServiceView): HealthcareService & { id: string } {
  const notes = [
    `${one.minutes} minutes.`,
    ...(one.patients === 'new'
      ? ['For new patients.']
      : one.patients === 'existing'
        ? ['For patients of the practice.']
        : []),
    ...(one.approval === true ? ['The office confirms each booking.'] : []),
  ];
  return {
    resourceType: 'HealthcareService',
    id: one.id,
    meta: { profile: [profile.healthcareService] },
    active: one.active ?? true,
    type: [visitTypeConcept(one.visitType)],
    ...(one.locations !== undefined &&
      one.locations.length > 0 && {
        location: one.locations.map((place) => reference<Location>('Location', place)),
      }),
    name: one.visitType.display,
    comment: notes.join(' '),
    appointmentRequired: true,
  };
}

export interface ScheduleView {
  readonly id: string;
  readonly practitioner?: Named;
  readonly location?: Named;
  readonly services?: readonly VisitTypeCode[];
  readonly active?: boolean;
  /** Instants: the window in which openings are known. */
  readonly horizon?: { readonly from: string; readonly to: string };
}

/** The book of a practitioner at a place; of the practice itself where neither is known. */
export function scheduleOf(one: ScheduleView, zone: string): Schedule & { id: string } {
  const actor: Reference<Practitioner | Location>[] = [
    ...(one.practitioner === undefined ? [] : [reference<Practitioner>('Practitioner', one.practitioner)]),
    ...(one.location === undefined ? [] : [reference<Location>('Location', one.location)]),
  ];
  return {
    resourceType: 'Schedule',
    id: one.id,
    meta: { profile: [profile.schedule] },
    extension: [timeZone(zone)],
    active: one.active ?? true,
    ...(one.services !== undefined &&
      one.services.length > 0 && { serviceType: one.services.map(visitTypeConcept) }),
    actor: actor.length > 0 ? actor : [{ display: 'The practice' }],
    ...(one.horizon !== undefined && {
      planningHorizon: {
        start: localInstant(one.horizon.from, zone),
        end: localInstant(one.horizon.to, zone),
      },
    }),
  };
}

export function reference<T extends Practitioner | Location | HealthcareService>(
  type: T['resourceType'],
  { id, display }: Named,
): Reference<T> {
  return { reference: `${type}/${id}`, display };
}

function timeZone(zone: string): Extension {
  return { url: extension.timeZone, valueCode: zone };
}
