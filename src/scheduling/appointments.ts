import type { VendorAppointment, Window } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { type AppointmentLink, readAppointmentLink, saveAppointmentLinks } from '#store/appointment-links.ts';
import { listIntentsOfTarget, openingsOfTargets, targetsSettledSince } from '#store/booking-intents.ts';
import { readPatientLink } from '#store/patient-links.ts';
import { attemptOf, type Caller } from './caller.ts';
import type { Emr } from './emr-access.ts';
import { directoryId } from './find-slots.ts';
import { appointmentIdOf } from './ids.ts';
import { patientIdOf } from './patient-id.ts';
import { connectionOf, type PracticeContext, practiceContext } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

/** An appointment of the EMR in our ids: what scheduling needs to know of it, and no more. */
export interface KnownAppointment {
  readonly id: string;
  /** Changes whenever the EMR's record does. */
  readonly version: string | undefined;
  readonly status: NonNullable<VendorAppointment['resource']['status']>;
  /** Instants. */
  readonly start: string;
  readonly end: string;
  readonly patientId: string | undefined;
  readonly practitionerId: string | undefined;
  readonly locationId: string | undefined;
  /** Code of the practice's visit type, where it is known. */
  readonly visitType: string | undefined;
  /** Id of the opening it was booked from, where we did that. */
  readonly slotId: string | undefined;
  readonly created: string | undefined;
}

/**
 * The appointments of one known patient that start in the window, as the EMR has them now.
 *
 * @throws Failure `unknown-patient`, and what reading the EMR can end in
 */
export async function findAppointments(
  on: Scheduling,
  caller: Caller,
  query: { readonly patientId: string } & Window,
): Promise<KnownAppointment[]> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = connectionOf(context);
  const patient = await on.database.withPractice(caller.practiceId, async (tx) => {
    const link = await readPatientLink(tx, query.patientId);
    if (link?.connectionId !== connection.connectionId) throw new Failure('unknown-patient');
    const vault = await on.vault.forPractice(tx, caller.practiceId);
    return vault.open({ row: link.patientId, kind: 'emr-id', version: 0 }, link.emrId).reveal();
  });
  return on.audit.around(
    caller.practiceId,
    attemptOf(caller, { action: 'appointment.search', patient: query.patientId }),
    async () => {
      const emr = on.emr.open(context, connection, 'call');
      const listed = await emr.run('appointmentsOf', patient, { from: query.from, to: query.to });
      const rows = await withOwnNews(on, caller.practiceId, emr, query, listed);
      return knowAppointments(on, caller.practiceId, context, rows, query.patientId);
    },
  );
}

/**
 * A list may lag behind a write, and who has just heard "booked" should not find nothing: what we wrote a moment ago is
 * read one by one.
 */
async function withOwnNews(
  on: Scheduling,
  practiceId: string,
  emr: Emr,
  { patientId, from, to }: { readonly patientId: string } & Window,
  listed: readonly VendorAppointment[],
): Promise<readonly VendorAppointment[]> {
  const lagMs = emr.capabilities.readAfterWriteMs;
  if (lagMs === 0) return listed;
  const changed = await on.database.withPractice(practiceId, async (tx) => {
    const vault = await on.vault.forPractice(tx, practiceId);
    const ids = await targetsSettledSince(tx, patientId, on.clock.now() - lagMs);
    const links = await Promise.all(ids.map((id) => readAppointmentLink(tx, id)));
    return links.flatMap((link) =>
      link === undefined || link.connectionId !== emr.connection.connectionId
        ? []
        : [vault.open({ row: link.appointmentId, kind: 'emr-id', version: 0 }, link.emrId).reveal()],
    );
  });
  const fresh = await Promise.all(changed.map((id) => emr.run('read', id)));
  const isInWindow = ({ resource: { start } }: VendorAppointment) =>
    start !== undefined && Date.parse(from) <= Date.parse(start) && Date.parse(start) < Date.parse(to);
  return [
    ...listed.filter(({ resource }) => !fresh.some((row) => row?.resource.id === resource.id)),
    ...fresh.filter((row) => row !== undefined).filter(isInWindow),
  ];
}

/**
 * One appointment, read from the EMR now.
 *
 * @throws Failure `not-found`
 */
export async function readAppointment(
  on: Scheduling,
  caller: Caller,
  appointmentId: string,
): Promise<KnownAppointment> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const known = await on.database.withPractice(caller.practiceId, async (tx) => {
    const link = await readAppointmentLink(tx, appointmentId);
    // An id of another account would be somebody else's number at this one.
    if (link?.connectionId !== connectionOf(context).connectionId) throw new Failure('not-found');
    const vault = await on.vault.forPractice(tx, caller.practiceId);
    return {
      patientId: link.patientId,
      emrId: vault.open({ row: link.appointmentId, kind: 'emr-id', version: 0 }, link.emrId).reveal(),
    };
  });
  const row = await on.audit.around(
    caller.practiceId,
    attemptOf(caller, { action: 'appointment.read', resourceId: appointmentId, patient: known.patientId }),
    () => readRow(on, context, appointmentId, known.emrId),
  );
  if (!row) throw new Failure('not-found');
  return knowAppointment(on, caller.practiceId, context, row, known.patientId);
}

/**
 * Reads an appointment that the EMR has or had. A read may lag behind a write: where one of ours was read back only just
 * now, "there is none" is believed the second time.
 *
 * @param emrId the EMR's id of it
 */
export async function readRow(
  on: Scheduling,
  context: PracticeContext,
  appointmentId: string,
  emrId: string,
): Promise<VendorAppointment | undefined> {
  const emr = on.emr.open(context, connectionOf(context), 'call');
  const row = await emr.run('read', emrId);
  if (row) return row;
  const lagMs = Math.max(emr.capabilities.readAfterWriteMs, on.policy.protocol.readAfterWriteMs);
  const ours = await on.database.withPractice(context.practice.practiceId, (tx) =>
    listIntentsOfTarget(tx, appointmentId),
  );
  if (!ours.some(({ machine }) => (machine.confirmedAt ?? 0) > on.clock.now() - lagMs)) return undefined;
  await on.clock.sleep(lagMs);
  return emr.run('read', emrId);
}

/**
 * An appointment as it was when a booking or move of ours was last read back, from our own record: for a moment in which
 * the EMR cannot be read. Without a version, since the EMR's may be another by now.
 *
 * @returns undefined for one that we have not booked
 */
export async function appointmentOnRecord(
  on: Scheduling,
  caller: Caller,
  appointmentId: string,
  status: KnownAppointment['status'],
): Promise<KnownAppointment | undefined> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  return on.audit.transaction(
    caller.practiceId,
    (known?: KnownAppointment) =>
      attemptOf(caller, {
        action: 'appointment.read',
        resourceId: appointmentId,
        patient: known?.patientId,
      }),
    async (tx): Promise<KnownAppointment | undefined> => {
      const link = await readAppointmentLink(tx, appointmentId);
      const opening = (await openingsOfTargets(tx, [appointmentId])).get(appointmentId);
      return (
        opening && {
          id: appointmentId,
          version: undefined,
          status,
          start: opening.start,
          end: opening.end,
          patientId: link?.patientId,
          practitionerId: directoryId(context, 'Practitioner', opening.practitioner),
          locationId: directoryId(context, 'Location', opening.location),
          visitType: opening.visitType,
          slotId: opening.id,
          created: undefined,
        }
      );
    },
  );
}

/** Gives an appointment of the EMR, and whose it is, their ids of ours. */
export async function knowAppointment(
  on: Scheduling,
  practiceId: string,
  context: PracticeContext,
  row: VendorAppointment,
  patientId: string | undefined,
): Promise<KnownAppointment> {
  const [known] = await knowAppointments(on, practiceId, context, [row], patientId);
  if (!known) throw new Failure('emr-away', { hint: 'The appointment has no time.' });
  return known;
}

/** The same for several; those that stand nowhere on the book (taken off it, without a time) are left out. */
async function knowAppointments(
  on: Scheduling,
  practiceId: string,
  context: PracticeContext,
  rows: readonly VendorAppointment[],
  patientId: string | undefined,
): Promise<KnownAppointment[]> {
  const { connectionId } = connectionOf(context);
  return on.database.withPractice(practiceId, async (tx) => {
    const vault = await on.vault.forPractice(tx, practiceId);
    const found: { known: KnownAppointment; link: AppointmentLink }[] = [];
    for (const row of rows) {
      const { id: emrId, start, end, status } = row.resource;
      if (start === undefined || end === undefined) continue;
      const id = appointmentIdOf(vault, connectionId, emrId);
      const emrPatient = actorOf(row, 'Patient');
      const whose =
        patientId ??
        (emrPatient === undefined
          ? undefined
          : await patientIdOf(on, tx, practiceId, connectionId, emrPatient));
      const practitioner = actorOf(row, 'Practitioner');
      const location = actorOf(row, 'Location');
      const ref = row.resource.appointmentType?.coding?.[0]?.code;
      found.push({
        known: {
          id,
          version: row.version,
          status,
          start,
          end,
          patientId: whose,
          practitionerId: practitioner && directoryId(context, 'Practitioner', practitioner),
          locationId: location && directoryId(context, 'Location', location),
          visitType: ref && context.visitTypes.find((type) => type.vendorRef === ref)?.code,
          slotId: undefined,
          created: row.created,
        },
        link: {
          appointmentId: id,
          connectionId,
          emrId: vault.seal({ row: id, kind: 'emr-id', version: 0 }, emrId),
          emrIdIndex: vault.index('appointment', `${connectionId}|${emrId}`),
          patientId: whose,
        },
      });
    }
    const links = found.map((one) => one.link);
    await saveAppointmentLinks(tx, practiceId, links);
    const booked = await openingsOfTargets(
      tx,
      links.map((link) => link.appointmentId),
    );
    return found.map(({ known }) => {
      const opening = booked.get(known.id);
      // What we booked we know better than an EMR that keeps no visit type, as long as it stands where we put it.
      return opening && Date.parse(opening.start) === Date.parse(known.start)
        ? { ...known, visitType: opening.visitType, slotId: opening.id }
        : known;
    });
  });
}

function actorOf(row: VendorAppointment, type: string): string | undefined {
  const actors = row.resource.participant.flatMap((one) => one.actor?.reference ?? []);
  return actors.find((one) => one.startsWith(`${type}/`))?.slice(type.length + 1);
}
