import assert from 'node:assert/strict';
import { Failure } from '#domain/failure.ts';
import { parseInstant } from '#domain/local-time.ts';
import type {
  Adapter,
  AdapterContext,
  AuthorisedClient,
  BookingRequest,
  Capabilities,
  Demographics,
  Opening,
  Operations,
  VendorAppointment,
} from '../adapter.ts';
import { classifyWrite, type WriteOutcome } from '../classify-write.ts';
import { WireFailure } from '../wire-failure.ts';
import type { EmrUnderTest, LedgerAppointment } from './emr-under-test.ts';

/** One promise of the contract, as a sentence and a way to break it. */
export interface Case {
  readonly name: string;
  /** Run only where this is declared; without it, always. */
  readonly needs?: (capabilities: Capabilities) => boolean;
  /** It only reads and needs no front desk, so that it may be run against a real EMR. */
  readonly live?: true;
  readonly run: (trial: Trial) => Promise<void>;
}

/** The cases, each run only where this is declared as well. */
export function where(
  declared: (capabilities: Capabilities) => boolean,
  cases: readonly Case[],
): readonly Case[] {
  return cases.map((each) => ({
    ...each,
    needs: (capabilities) => declared(capabilities) && (each.needs?.(capabilities) ?? true),
  }));
}

/** An adapter, an EMR in its first state and a fresh connection between them. */
export interface Trial {
  readonly adapter: Adapter;
  readonly emr: EmrUnderTest;
  readonly ctx: AdapterContext;
  /** A further connection, with another clock if wanted. */
  readonly connect: (now?: () => number) => AdapterContext;
  /** Names of the routes called so far in this trial. */
  readonly calls: readonly string[];
}

export async function startTrial(adapter: Adapter, emr: EmrUnderTest, used: Set<string>): Promise<Trial> {
  await emr.reset();
  const calls: string[] = [];
  const counted = (http: AuthorisedClient): AuthorisedClient => ({
    call: (route, args) => {
      calls.push(route);
      used.add(route);
      return http.call(route, args);
    },
  });
  const connect = (now?: () => number): AdapterContext => {
    const ctx = emr.connect(now === undefined ? {} : { now });
    return { ...ctx, http: counted(ctx.http) };
  };
  return { adapter: { ...adapter, operations: watched(adapter) }, emr, ctx: connect(), connect, calls };
}

/** The operations, of which those that write fail when one call of theirs sends more than one write. */
function watched({ operations, routes }: Adapter): Operations {
  const once =
    <Rest extends readonly unknown[], T>(
      name: keyof Operations,
      operation: (ctx: AdapterContext, ...rest: Rest) => Promise<T>,
    ) =>
    async (ctx: AdapterContext, ...rest: Rest): Promise<T> => {
      const writes: string[] = [];
      const http: AuthorisedClient = {
        call: (route, args) => {
          if (Object.hasOwn(routes, route) && routes[route]?.effect === 'write') writes.push(route);
          return ctx.http.call(route, args);
        },
      };
      const [result] = await Promise.allSettled([operation({ ...ctx, http }, ...rest)]);
      assert.ok(
        writes.length < 2,
        `${name} sent ${writes.length} writes in one call (${writes.join(', ')}). An operation sends one, as its last call; what became of it the gateway finds out.`,
      );
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    };
  return {
    ...operations,
    hold: once('hold', operations.hold),
    release: once('release', operations.release),
    book: once('book', operations.book),
    move: once('move', operations.move),
    cancel: once('cancel', operations.cancel),
  };
}

export function openingsOf({ adapter, emr, ctx }: Trial): Promise<readonly Opening[]> {
  return adapter.operations.openings(ctx, { ...emr.window, minutes: emr.minutes });
}

/** `count` openings of which no two overlap in time. */
export async function apart(trial: Trial, count: number): Promise<readonly Opening[]> {
  const chosen: Opening[] = [];
  for (const opening of await openingsOf(trial)) {
    if (chosen.every((other) => !during(opening, other))) chosen.push(opening);
    if (chosen.length === count) return chosen;
  }
  return assert.fail(`The EMR under test offers fewer than ${count} openings that do not overlap.`);
}

/** The first of {@link apart}. */
export async function oneOpening(trial: Trial): Promise<Opening> {
  const [opening] = await apart(trial, 1);
  assert.ok(opening);
  return opening;
}

/** Somebody who can be booked: created where the adapter can, else the one the EMR under test names. */
export async function somebody(trial: Trial, given = 'Conny'): Promise<string> {
  if (trial.adapter.capabilities.createPatient)
    return (await trial.adapter.operations.createPatient(trial.ctx, person({ given }))).id;
  assert.ok(trial.emr.patient, 'Without createPatient the EMR under test has to name a patient.');
  return trial.emr.patient.id;
}

export function person(overridden: Partial<Demographics> = {}): Demographics {
  return { family: 'Formance', given: 'Conny', birthDate: '1984-02-29', ...overridden };
}

/** Markers of the form that the gateway uses, a different one for each number. */
export function marker(number = 1): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `GW:CONFORMAN${alphabet[number % 32]}.1`;
}

export interface Booked {
  readonly id: string;
  readonly patient: string;
  readonly opening: Opening;
  readonly request: BookingRequest;
}

/** A visit that exists, made by the adapter. */
export async function bookOne(trial: Trial, opening?: Opening): Promise<Booked> {
  const patient = await somebody(trial);
  const place = opening ?? (await oneOpening(trial));
  const request = { patient, opening: place, marker: marker() };
  const { id } = await trial.adapter.operations.book(trial.ctx, request);
  return { id, patient, opening: place, request };
}

/** A visit that the front desk made. */
export async function staffBook(trial: Trial, opening: Opening, patientId: string): Promise<string> {
  const { practitioner: practitionerId, location: locationId, start, minutes } = opening;
  return trial.emr.staff({ action: 'book', patientId, practitionerId, locationId, start, minutes });
}

/** How a write ended, in the gateway's terms. */
export async function attempt<T>(
  { adapter }: Trial,
  write: Promise<T>,
): Promise<{ outcome: 'done'; value: T } | (WriteOutcome & { error: unknown })> {
  try {
    return { outcome: 'done', value: await write };
  } catch (error) {
    if (error instanceof Failure)
      return { outcome: error.code === 'slot-taken' ? 'refused' : 'not-done', reason: error.code, error };
    if (!(error instanceof WireFailure)) throw error;
    return { ...classifyWrite(error, adapter.capabilities.refusals, adapter.routes), error };
  }
}

/** Rejects unless `work` fails as a read may: by the wire or by a refusal, never by a defect. */
export async function assertFails(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => error instanceof WireFailure || error instanceof Failure);
}

export async function readBack({ adapter, ctx }: Trial, id: string): Promise<VendorAppointment> {
  const found = await adapter.operations.read(ctx, id);
  assert.ok(found, 'The appointment cannot be read back.');
  return found;
}

/** The id of what stands for an appointment by now: its own, or where a move made another record, that one's. */
export async function standsAs(trial: Trial, id: string): Promise<string> {
  const { replacedBy } = await readBack(trial, id);
  return replacedBy === undefined ? id : standsAs(trial, replacedBy);
}

/** What the EMR itself knows of visits that stand. */
export async function standing({ emr }: Trial): Promise<readonly LedgerAppointment[]> {
  const gone = ['cancelled', 'noshow', 'entered-in-error', 'proposed'];
  return (await emr.ledger()).filter(({ status }) => !gone.includes(status));
}

/** Visits that stand and that the adapter wrote. */
export async function standingByApi(trial: Trial): Promise<readonly LedgerAppointment[]> {
  return (await standing(trial)).filter(({ writes }) => writes[0]?.by === 'api');
}

/** Those of the patient's visits that carry the marker; where the EMR keeps none, those at the time. */
export async function searchFor(
  trial: Trial,
  { patient, opening, marker: mark }: BookingRequest,
): Promise<readonly VendorAppointment[]> {
  const all = await trial.adapter.operations.appointmentsOf(trial.ctx, patient, trial.emr.window);
  return all.filter(({ markers, resource }) =>
    trial.adapter.capabilities.marker === 'none'
      ? at(resource.start) === at(opening.start) && resource.status === 'booked'
      : markers.includes(mark),
  );
}

export function at(instant: string | null | undefined): number {
  const moment = typeof instant === 'string' ? parseInstant(instant) : undefined;
  return moment ?? assert.fail(`"${instant}" is not an instant with offset.`);
}

export function during(a: Pick<Opening, 'start' | 'end'>, b: Pick<Opening, 'start' | 'end'>): boolean {
  return Math.max(at(a.start), at(b.start)) < Math.min(at(a.end), at(b.end));
}

/** Do the two want the same chair or person at the same time? */
export function collide(a: Opening, b: Opening): boolean {
  return during(a, b) && a.claims.some((claim) => b.claims.includes(claim));
}

export function actors(appointment: VendorAppointment): readonly string[] {
  return appointment.resource.participant.map(({ actor }) => actor?.reference ?? '').sort();
}

export function isOpeningFree(openings: readonly Opening[], opening: Opening): boolean {
  return openings.some(
    ({ vendorKey, start }) => vendorKey === opening.vendorKey && at(start) === at(opening.start),
  );
}

/** The opening at the same time with the same person at the same place, which an EMR may have made anew under another key. */
export function openingAsBefore(openings: readonly Opening[], before: Opening): Opening | undefined {
  return openings.find(
    ({ start, minutes, practitioner, location }) =>
      at(start) === at(before.start) &&
      minutes === before.minutes &&
      practitioner === before.practitioner &&
      location === before.location,
  );
}
