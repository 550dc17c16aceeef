import type {
  BookingRequest,
  Capabilities,
  Demographics,
  RouteTable,
  SearchParams,
  VendorAppointment,
  Window,
  z,
} from '#adapter-kit/index.ts';
import type { Actors } from './map/appointment.ts';
import type { FhirSettings } from './settings.ts';
import type { AppointmentResource, ScheduleResource, SlotResource } from './wire/resources.ts';
import type { PatchOperation } from './wire/sent.ts';

/**
 * All in which one FHIR server differs from the next, as one value. `createFhirOperations(dialect)` makes an adapter's
 * operations of it; a vendor that is FHIR with differences spreads {@link ./base-dialect.ts baseDialect} and replaces a
 * member, or replaces a whole operation.
 *
 * @example
 * const dialect: FhirDialect = { ...baseDialect, base: '/api/FHIR/R4', routes, directory: 'settings' };
 * defineAdapter({ …, operations: { ...createFhirOperations(dialect), cancel: unsupported, openings, verify, book } });
 */
export interface FhirDialect {
  /** Path of the FHIR base below a connection's origin, as the routes' templates begin. */
  readonly base: '' | `/${string}`;
  readonly routes: RouteTable;
  /** Parses the settings of a connection; what it gives has at least what all FHIR servers have. */
  readonly settings: z.ZodType<FhirSettings>;
  /** What a connection with these settings can do. */
  readonly can: (settings: FhirSettings) => Capabilities;
  readonly queries: FhirQueries;
  /** `searched`: of the schedules that are active. `settings`: only who and what the settings name. */
  readonly directory: 'searched' | 'settings';
  /** Where a slot's schedule is found: among all that are active, or in the answer that has the slot. */
  readonly schedules: 'searched' | 'included';
  /** POST [base]/Patient/_search keeps names out of addresses; some servers have only GET. */
  readonly patientSearch: 'post' | 'get';
  /** Id of the Location that the slot itself names, where its schedule names none. */
  readonly locationOf: (slot: SlotResource, schedule: ScheduleResource) => string | undefined;
  /** Body of the create that books. @param settings e.g. whether a server takes an identifier */
  readonly newAppointment: (
    request: BookingRequest,
    place: BookedPlace,
    settings: FhirSettings,
  ) => { readonly resourceType: 'Appointment' } & Readonly<Record<string, unknown>>;
  readonly cancelPatch: (appointment: AppointmentResource) => readonly PatchOperation[];
  /** @param now who and where it is until then, roles resolved */
  readonly movePatch: (
    appointment: AppointmentResource,
    request: BookingRequest,
    place: BookedPlace,
    now: Actors,
  ) => readonly PatchOperation[];
  /** Throws a Failure where the server says of this very appointment that it may not be changed so. */
  readonly allow: (appointment: AppointmentResource, change: 'cancel' | 'move') => void;
  /** Statuses by which a PATCH with `If-Match` says that the version has changed: nothing was done then. */
  readonly staleStatuses: readonly number[];
  /** A last word on what is read, e.g. a status of the vendor's own. */
  readonly amend: (appointment: VendorAppointment, wire: AppointmentResource) => VendorAppointment;
}

/** What of an opening the server has to be told. */
export interface BookedPlace {
  /** Ids of the slots that are booked together; one, except where `joinSlots` is set. */
  readonly slots: readonly string[];
  /** Ids of everybody whose time it is, the opening's practitioner among them. */
  readonly practitioners: readonly string[];
  /** `system|code` or `code` of the visit type, where the opening was found by one. */
  readonly type: string | undefined;
}

/** Search parameters as this server wants them; each has to be legal in the route table. */
export interface FhirQueries {
  /** Of free slots that start in the window: one search for each. */
  slots(query: SlotQuery, settings: FhirSettings): readonly SearchParams[];
  /** Of one patient's appointments of every status that start in the window; more may come. */
  appointments(patient: string, window: Window): SearchParams;
  /** Of people who may have these names and this birth date; more may come. */
  patients(person: Demographics): SearchParams;
}

export interface SlotQuery extends Window {
  readonly type: string | undefined;
  readonly practitioners: readonly string[];
  readonly locations: readonly string[];
}
