import type { Appointment, HealthcareService, Location, Patient, Practitioner } from '@medplum/fhirtypes';
import type { z } from 'zod';
import type { RouteTable } from './route.ts';

/**
 * The contract of an adapter: one plain value that says what an EMR can do (data) and does it (operations). All ids in
 * what an adapter takes and gives are the EMR's own; the gateway replaces them by its own before anything leaves.
 * All instants are ISO 8601 with an offset or `Z`; local times never cross this border.
 */
export interface Adapter {
  /** Folder name, e.g. `open-dental`. */
  readonly id: string;
  readonly title: string;
  readonly authorization: Authorization;
  /** Settings of a connection that are not secret, e.g. whether broken visits still block the chair. */
  readonly settings: z.ZodType<Record<string, string | number | boolean>>;
  readonly capabilities: Capabilities;
  readonly routes: RouteTable;
  readonly operations: Operations;
}

/** How a connection proves who it is. The gateway holds the secrets and adds the header; the adapter never sees them. */
export type Authorization = {
  readonly kind: 'api-key';
  readonly header: string;
  /** Words in braces are names of secrets, e.g. `ODFHIR {developerKey}/{customerKey}`. */
  readonly format: string;
  readonly secrets: Readonly<
    Record<string, { readonly title: string; readonly of: 'operator' | 'practice' }>
  >;
};

/** Data, never a missing method: what is declared `false` or `unsupported` is refused before the adapter is asked. */
export interface Capabilities {
  /** How the EMR meets a second booking of one time: A addressed by slot, B refuses overlaps, C accepts them, D FHIR slot reference, E find/hold/book operations, F conditional create. */
  readonly bookingClass: 'A' | 'B' | 'C' | 'D' | 'E' | 'F';
  readonly find: boolean;
  /** `gateway`: by our claims only. `native`: the EMR keeps the time too. */
  readonly hold: 'gateway' | 'native';
  readonly book: boolean;
  /** `in-place`: one operation moves the same record. `unsupported`: staff do it. */
  readonly reschedule: 'in-place' | 'unsupported';
  readonly cancel: boolean;
  readonly matchPatient: boolean;
  readonly createPatient: boolean;
  /** Where the booking marker is left; `none` where the EMR has no field for it. */
  readonly marker: { readonly field: string } | 'none';
  /** Q, the quiet period: after this many seconds of silence an unanswered write is taken as not done. */
  readonly quietSeconds: number;
  /** Milliseconds until a write can be read back. */
  readonly readAfterWriteMs: number;
  /** Times on the wire: `practice-local` wall clock in the practice's IANA zone, or `offset` instants. */
  readonly times: 'practice-local' | 'offset';
  /** Least distance between two requests of one connection, milliseconds, and requests at work at once. */
  readonly pace: { readonly gapMs: number; readonly concurrent: number };
  /** Answers to a write that are surely not a success in disguise; everything else is ambiguous. First match wins. */
  readonly refusals: readonly RefusalRow[];
}

export interface RefusalRow {
  readonly status: number;
  /** When given, the answer's text has to match as well. */
  readonly text?: RegExp;
  /** `not-done`: rejected before acting. `taken`: the EMR says the time is not free. `rule`: it does not allow this. */
  readonly means: 'not-done' | 'taken' | 'rule';
  readonly reason: 'unauthorized' | 'throttled' | 'rejected' | 'missing' | 'taken' | 'rule';
}

/** What an operation may use. There is nothing else: no network, no environment, no clock of its own. */
export interface AdapterContext {
  readonly http: AuthorisedClient;
  /** IANA zone of the practice. */
  readonly timeZone: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * What `load` gave at most `ttlMs` ago for this connection, else what it gives now; a failure is not kept. For the
   * slow-moving directory (chairs, practitioners, types) that every search needs and requests are too scarce to read
   * again. Never for appointments or anything about a patient.
   */
  readonly memo: <T>(key: string, ttlMs: number, load: () => Promise<T>) => Promise<T>;
}

export interface AuthorisedClient {
  /**
   * Sends a named route. Resolves with the parsed answer; throws {@link ./wire-failure.ts WireFailure} otherwise.
   */
  call<T = unknown>(route: string, args?: RouteArguments): Promise<WireAnswer<T>>;
}
export interface RouteArguments {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}
export interface WireAnswer<T> {
  readonly status: number;
  readonly body: T;
}

/**
 * What an adapter does. Reads of a writing operation come first and its one write is the last call, so that a
 * `WireFailure` of a read proves that nothing was done; {@link ./classify-write.ts classifyWrite} relies on it. A
 * `Failure` thrown by an operation likewise means that nothing was sent to change anything.
 */
export interface Operations {
  /** A read without patient data that proves address and credentials. */
  probe(ctx: AdapterContext): Promise<{ readonly version?: string }>;
  directory(ctx: AdapterContext): Promise<Directory>;
  /** All bookable starts in the window, each proven free at the time of reading. */
  openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]>;
  /** Is this one opening still free, read fresh? */
  verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'>;
  /** One write. Resolves with the EMR's id; a failure is classified by `capabilities.refusals`. */
  book(ctx: AdapterContext, request: BookingRequest): Promise<{ readonly id: string }>;
  /** One write that moves the appointment `id` to another opening. */
  move(ctx: AdapterContext, id: string, request: BookingRequest): Promise<void>;
  /** One write that takes the appointment off the book. */
  cancel(ctx: AdapterContext, id: string): Promise<void>;
  /** The appointment as the EMR has it now, or undefined when it has none of that id. */
  read(ctx: AdapterContext, id: string): Promise<VendorAppointment | undefined>;
  /** A patient's appointments, of every status, that start in the window. Also the reconcile read. */
  appointmentsOf(ctx: AdapterContext, patient: string, window: Window): Promise<readonly VendorAppointment[]>;
  /** Exactly equal family name, given name and birth date (case and accents aside), every status. */
  matchPatients(ctx: AdapterContext, demographics: Demographics): Promise<readonly VendorPatient[]>;
  createPatient(ctx: AdapterContext, demographics: Demographics): Promise<{ readonly id: string }>;
}

/** Half-open: from ≤ start < to. Instants. */
export interface Window {
  readonly from: string;
  readonly to: string;
}
export interface OpeningQuery extends Window {
  readonly minutes: number;
  /** The visit type's own reference in the EMR, where it has one. */
  readonly visitTypeRef?: string;
  /** Ids of which one has to be there; absent or empty for any. */
  readonly practitioners?: readonly string[];
  readonly locations?: readonly string[];
}
export interface Opening {
  /** What identifies the time in the EMR besides start and minutes, e.g. `op:4|prov:7`. At most 200 characters. */
  readonly vendorKey: string;
  readonly start: string;
  readonly end: string;
  readonly minutes: number;
  readonly practitioner: string;
  readonly location: string;
  /** Resources that must be free together, e.g. `['op:4', 'prov:7']`. */
  readonly claims: readonly string[];
}
export interface BookingRequest {
  readonly patient: string;
  readonly opening: Opening;
  readonly visitTypeRef?: string;
  /** `GW:…​.1`, at most 20 characters; goes where `capabilities.marker` says. */
  readonly marker: string;
}
export interface VendorAppointment {
  /** FHIR Appointment with the EMR's ids in `id`, `participant.actor.reference` (`Patient/3051`); no free text. */
  readonly resource: Appointment & { readonly id: string };
  /** Opaque version for ETag. */
  readonly version: string;
  /** Every marker found in the marker field. */
  readonly markers: readonly string[];
  /** Instant of creation, where the EMR tells it. */
  readonly created?: string;
  readonly claims: readonly string[];
}
export interface VendorPatient {
  /** FHIR Patient, minimum demographics, the EMR's id. */
  readonly resource: Patient & { readonly id: string };
  /** False for inactive, archived and deceased people. */
  readonly bookable: boolean;
}
export interface Demographics {
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  readonly gender?: 'male' | 'female' | 'other' | 'unknown';
  readonly phone?: string;
  readonly email?: string;
}
export interface Directory {
  readonly practitioners: readonly (Practitioner & { readonly id: string })[];
  /** Places where a visit happens (chairs, rooms, departments). */
  readonly locations: readonly (Location & { readonly id: string })[];
  /** The EMR's own visit types, proposed to the practice. */
  readonly services: readonly {
    readonly ref: string;
    readonly display: string;
    readonly minutes: number;
    readonly resource?: HealthcareService;
  }[];
}

/** Checks the few things the types cannot and returns the value unchanged. */
export function defineAdapter<const A extends Adapter>(adapter: A): A {
  if (!/^[a-z][a-z0-9-]{1,31}$/.test(adapter.id))
    throw new TypeError(`Adapter id "${adapter.id}" is not kebab-case.`);
  for (const [id, route] of Object.entries(adapter.routes)) {
    const named = [...route.template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const typed = Object.keys(route.path ?? {});
    if (named.length !== typed.length || named.some((name) => name === undefined || !typed.includes(name)))
      throw new TypeError(
        `Route ${adapter.id}/${id}: template and path grammars do not name the same segments.`,
      );
    if (route.effect === 'read' && route.method !== 'GET')
      throw new TypeError(`Route ${adapter.id}/${id}: only GET may be repeated.`);
  }
  return adapter;
}
