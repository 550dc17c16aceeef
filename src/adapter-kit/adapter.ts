import type { Appointment, HealthcareService, Location, Patient, Practitioner } from '@medplum/fhirtypes';
import type { z } from 'zod';
import { looseObjectIn } from './loose-object.ts';
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
  /**
   * Settings of a connection that are not secret, e.g. whether broken visits still block the chair. Each has a default:
   * `{}` is a connection that nobody has set anything for. A practice is asked for those that have a title
   * (`.meta({ title, description })`), and may not leave one empty that says `required: true` besides, because nothing
   * can be found without it.
   */
  readonly settings: z.ZodType<ConnectionSettings>;
  /** What the EMR can do; where it depends on the server or its set-up, what a connection without settings can do. */
  readonly capabilities: Capabilities;
  /** What one connection can do, by its settings; `capabilities` when absent. See {@link capabilitiesOf}. */
  readonly capabilitiesWith?: (settings: ConnectionSettings) => Capabilities;
  readonly routes: RouteTable;
  readonly operations: Operations;
  /** How this EMR calls us when something changed, where it does. */
  readonly webhooks?: Webhooks;
}

/**
 * Calls of an EMR that something changed, as data: the gateway holds the secret, answers the address check, throws away
 * what it was told before and looks in the EMR. What a call says is a hint and never a fact.
 */
export interface Webhooks {
  /** Where a person sets address and secret up at the EMR, and which events, in one sentence. */
  readonly setUp: string;
  /** GET with a text in a query parameter, answered by JSON `{[answer]: hex(HMAC-SHA-256(secret, text))}`. */
  readonly addressCheck?: { readonly query: string; readonly answer: string };
  /** Header that carries the secret itself; compared in constant time. */
  readonly secretHeader: string;
  /** Header that names the delivery; one that came before is thrown away. */
  readonly deliveryHeader: string;
  /** Header that names the event, and those that are looked at; every other one is answered and thrown away. */
  readonly eventHeader: string;
  readonly events: readonly string[];
  /** What is read of a body. Everything else of it, patient data too, ends here. */
  readonly body: z.ZodType<ChangeHint>;
  /** Setting that says which `tenant` a connection is; `probe` learns it. */
  readonly tenantSetting: string;
}
export interface ChangeHint {
  readonly tenant: string;
  /** The EMR's id of the appointment. */
  readonly appointment: string;
}

/** Settings of a connection that are not secret. */
export type ConnectionSettings = Readonly<Record<string, string | number | boolean>>;

export function capabilitiesOf(adapter: Adapter, settings: ConnectionSettings): Capabilities {
  return adapter.capabilitiesWith?.(settings) ?? adapter.capabilities;
}

/** How a connection proves who it is. The gateway holds the secrets and adds the header; the adapter never sees them. */
export type Authorization = ApiKeyAuthorization | OAuthAuthorization;

export interface ApiKeyAuthorization {
  readonly kind: 'api-key';
  readonly header: string;
  /** Words in braces are names of secrets, e.g. `ODFHIR {developerKey}/{customerKey}`. */
  readonly format: string;
  readonly secrets: Readonly<
    Record<string, { readonly title: string; readonly of: 'operator' | 'practice' }>
  >;
}

/**
 * OAuth 2.0 towards an EMR: authorization code with PKCE where a person of the practice consents, client credentials
 * where two systems trust each other (SMART Backend Services). The gateway runs it and hands the adapter an authorised
 * client; what is said here is all that differs from vendor to vendor.
 */
export interface OAuthAuthorization {
  readonly kind: 'oauth2';
  /**
   * Where the FHIR base lies below a connection's origin, `''` for the origin itself. SMART's `aud` is that base, and
   * `.well-known/smart-configuration` below it names the endpoints.
   */
  readonly fhirBase: '' | `/${string}`;
  /** `smart-configuration`, or endpoints fixed here for a vendor that publishes none or misleading ones, with the source. */
  readonly metadata: 'smart-configuration' | PinnedMetadata;
  /** Never downgraded at run time; a waiver gives its reason with the vendor's document. */
  readonly pkce: 'S256' | { readonly none: string };
  readonly grantTypes: readonly ('authorization_code' | 'client_credentials')[];
  readonly clientAuthentication: readonly ClientAuthenticationMethod[];
  /** Asked of everybody as `aud`; some servers spell the base with a slash at its end. */
  readonly audience: 'base' | 'base-with-slash' | 'none';
  /** Basic authentication with id and secret as they are, not form-encoded first (RFC 6749 §2.3.1 says encoded). */
  readonly rawBasic?: true;
  readonly scopes: ScopePlan;
  /**
   * What becomes of a refresh token when it is used: it stays (`reused`), a new one comes and the old one lives on for a
   * moment (`grace`), or a new one comes and using the old one again ends the grant (`strict`).
   */
  readonly refreshTokens: 'reused' | 'grace' | 'strict';
}

export type ClientAuthenticationMethod =
  | 'none'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt';

/** Addresses, or paths (`/o/token/`) at the host of the connection's address for a vendor with several environments. */
export interface PinnedMetadata {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint?: string;
  /** The vendor's document, and what its metadata says instead. */
  readonly source: string;
}

/** Scheduling and nothing else, in the vendor's own scope strings. */
export interface ScopePlan {
  /** What is asked for, by dialect; a registration says which one its EMR takes. `plain` is not SMART's grammar. */
  readonly ask: Readonly<Partial<Record<ScopeDialect, readonly string[]>>>;
  /** For client credentials, where it differs (`system/…`). */
  readonly askAsSystem?: Readonly<Partial<Record<ScopeDialect, readonly string[]>>>;
  /** Without each of these nothing can be found: a grant that lacks one is refused. In the dialect of `ask`. */
  readonly requiredReads: (dialect: ScopeDialect, system: boolean) => readonly string[];
  /** Without one of these nothing can be booked: such a connection is read-only. */
  readonly writes: (dialect: ScopeDialect, system: boolean) => readonly string[];
  /** Harmless when granted unasked, e.g. `launch`, `openid`, `profile`. */
  readonly tolerated: readonly string[];
  /**
   * What some servers of this EMR want besides before they let us schedule, although it opens more than that. Asked only
   * of a practice that has accepted each of them by name, on record; what leaves the gateway stays as narrow.
   */
  readonly wider?: WiderScopes;
  /** What not every practice wants: asked, and allowed in a grant, only where the connection's settings want it. */
  readonly byChoice?: readonly ChosenScopes[];
  /** In words for the practice: what will be asked, and what never. */
  readonly inWords: { readonly asked: readonly string[]; readonly never: readonly string[] };
}
/** Scopes of one ability. A connection whose grant lacks them has not got it, whatever its capabilities say. */
export interface ChosenScopes {
  readonly ability: 'createPatient';
  /** By settings of which the first consent knows only what people have set: no probe has learned anything by then. */
  readonly wanted: (settings: ConnectionSettings) => boolean;
  /** At least one, in the dialect of `ask`. */
  readonly scopes: (dialect: ScopeDialect, system: boolean) => readonly string[];
  /** For the practice, beside `inWords.asked`: what the gateway may do then, e.g. `add a patient who is new`. */
  readonly inWords: string;
}
export interface WiderScopes {
  readonly scopes: readonly string[];
  /** For the practice, one or two sentences: why this EMR wants them, with the vendor's document. */
  readonly because: string;
  /** By scope: what it technically opens, e.g. `read notes, vitals and diagnoses`. */
  readonly opens?: Readonly<Record<string, string>>;
}
export type ScopeDialect = 'v1' | 'v2' | 'plain';

/** Data, never a missing method: what is declared `false` or `unsupported` is refused before the adapter is asked. */
export interface Capabilities {
  /** How the EMR meets a second booking of one time: A addressed by slot, B refuses overlaps, C accepts them, D FHIR slot reference, E find/hold/book operations, F conditional create. */
  readonly bookingClass: 'A' | 'B' | 'C' | 'D' | 'E' | 'F';
  readonly find: boolean;
  /** `gateway`: by our claims only. `native`: the EMR keeps the time too, while a caller is still thinking. */
  readonly hold: 'gateway' | 'native';
  readonly book: boolean;
  /**
   * `in-place`: one operation moves the same record. `linked`: one operation takes it off and books another one, which
   * the old one then names ({@link VendorAppointment.replacedBy}). `unsupported`: staff do it.
   */
  readonly reschedule: 'in-place' | 'linked' | 'unsupported';
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
  /** What all connections of one application (registration) may ask together, where the EMR counts that. */
  readonly quota?: Quota;
  /** How often the EMR is asked what changed, minutes; absent where it cannot tell. */
  readonly changes?: { readonly everyMinutes: number };
  /** Answers to a write that are surely not a success in disguise; everything else is ambiguous. First match wins. */
  readonly refusals: readonly RefusalRow[];
}

/** As the EMR counts them unless the operator has agreed on more; windows begin at the full hour or at midnight, UTC. */
export interface Quota {
  readonly window: 'hour' | 'day';
  readonly calls: number;
  /** Calls within one second, where that is counted too. */
  readonly perSecond?: number;
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
  /** Base address of the connection, for references that an EMR wants absolute; nothing is ever sent by it. */
  readonly base?: string;
  /** IANA zone of the practice. */
  readonly timeZone: string;
  readonly settings: ConnectionSettings;
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
  /** An array repeats the key, as often as the route's grammar allows. */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;
  /** ETag as the EMR gave it, e.g. `W/"3"`; for routes that say `ifMatch`. */
  readonly ifMatch?: string;
  /** A search, e.g. `identifier=urn:x|7`; for routes that say `ifNoneExist`. */
  readonly ifNoneExist?: string;
  readonly body?: unknown;
}
export type QueryValue = string | number | boolean;
export interface WireAnswer<T> {
  readonly status: number;
  readonly body: T;
  /** Header `Location`, as sent; never followed. */
  readonly location?: string;
  /** Header `ETag`, as sent. */
  readonly etag?: string;
}

/**
 * What an adapter does. Reads of a writing operation come first and its one write is the last call, so that a
 * `WireFailure` of a read proves that nothing was done; {@link ./classify-write.ts classifyWrite} relies on it. A
 * `Failure` thrown by an operation likewise means that nothing was sent to change anything; `slot-taken` of `book` or
 * `move` says besides that the time is surely not free, read fresh.
 */
export interface Operations {
  /**
   * A read without patient data that proves address and credentials. `settings` is what it learned about this server
   * (e.g. its booking dialect) and nothing else: the connection keeps it over what people have set until they change
   * that or the next probe, so a setting of theirs that is told back would stay as it was.
   */
  probe(ctx: AdapterContext): Promise<{ readonly version?: string; readonly settings?: ConnectionSettings }>;
  directory(ctx: AdapterContext): Promise<Directory>;
  /** All bookable starts in the window, each proven free at the time of reading. */
  openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]>;
  /** Is this one opening still free, read fresh? */
  verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'>;
  /**
   * Where `hold` is `native`: one write that keeps the time of an opening in the EMR, until {@link Operations.release}.
   * `slot-taken` when it is not free, read fresh.
   */
  hold(ctx: AdapterContext, opening: Opening): Promise<void>;
  /**
   * Gives back what {@link Operations.hold} keeps, or may keep, because its answer was lost. Resolves as well where
   * nothing is kept or the time is booked by now; never frees a booked one. One write at most.
   */
  release(ctx: AdapterContext, opening: Opening): Promise<void>;
  /** One write. Resolves with the EMR's id; a failure is classified by `capabilities.refusals`. */
  book(ctx: AdapterContext, request: BookingRequest): Promise<{ readonly id: string }>;
  /** One write that moves the appointment `id` to another opening. Resolves with the EMR's id of what is booked now. */
  move(ctx: AdapterContext, id: string, request: BookingRequest): Promise<{ readonly id: string }>;
  /** One write that takes the appointment off the book. */
  cancel(ctx: AdapterContext, id: string): Promise<void>;
  /** The appointment as the EMR has it now, or undefined when it has none of that id. */
  read(ctx: AdapterContext, id: string): Promise<VendorAppointment | undefined>;
  /** A patient's appointments, of every status, that start in the window. Also the reconcile read. */
  appointmentsOf(ctx: AdapterContext, patient: string, window: Window): Promise<readonly VendorAppointment[]>;
  /** Exactly equal family name, given name and birth date (case and accents aside), every status. */
  matchPatients(ctx: AdapterContext, demographics: Demographics): Promise<readonly VendorPatient[]>;
  createPatient(ctx: AdapterContext, demographics: Demographics): Promise<{ readonly id: string }>;
  /**
   * Where `changes` is declared: the EMR's ids of appointments that were made, changed or removed since an instant, as
   * far as the EMR tells. Too many does no harm; being asked again for the same time has to give the same again.
   */
  changes(ctx: AdapterContext, since: string): Promise<readonly string[]>;
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
  /** Id of the appointment that took this one's place, see `reschedule: 'linked'`. */
  readonly replacedBy?: string;
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
    const asksOnly =
      route.method === 'GET' ||
      /\/(_search|\$find)$/.test(route.template) ||
      (route.method === 'POST' && route.onlyReads !== undefined);
    if (route.effect === 'read' && !asksOnly)
      throw new TypeError(
        `Route ${adapter.id}/${id}: only GET, _search, $find and a POST that says why it onlyReads may be repeated.`,
      );
    if (route.ok.some((status) => status >= 300 && (route.response !== 'redirect' || status >= 400)))
      throw new TypeError(
        `Route ${adapter.id}/${id}: only 3xx of a route whose response is 'redirect' is a success.`,
      );
    const loose = route.body && looseObjectIn(route.body);
    if (loose !== undefined)
      throw new TypeError(
        `Route ${adapter.id}/${id}: ${loose} is an object schema that is not strict and would let a field pass that it does not name; make it with z.strictObject.`,
      );
    for (const name of Object.keys(route.headers ?? {}))
      if (!/^x-[a-z0-9-]{1,40}$/.test(name) || /override|forward|original|rewrite|real-ip/.test(name))
        throw new TypeError(`Route ${adapter.id}/${id}: header ${name} is not one that a route may fix.`);
  }
  return adapter;
}
