import { type AdapterContext, instantOf, type VendorAppointment, type Window } from '#adapter-kit/index.ts';
import { clientOf, readOne, searchWindow } from './client.ts';
import type { FhirDialect } from './dialect.ts';
import { toAppointment } from './map/appointment.ts';
import { utc } from './map/instant.ts';
import { readRoles } from './office.ts';
import type { AppointmentResource } from './wire/resources.ts';

export async function read(
  dialect: FhirDialect,
  ctx: AdapterContext,
  id: string,
): Promise<VendorAppointment | undefined> {
  const found = await readOne(clientOf(dialect, ctx), 'Appointment', id);
  if (found === undefined) return undefined;
  const [appointment] = await toAppointments(dialect, ctx, [found.resource], found.etag);
  // Staff take a record back by saying that it was an error (FHIR R4 §12.10.2): there is no such appointment any more.
  return appointment?.resource.status === 'entered-in-error' ? undefined : appointment;
}

/** Of the patient and in the window, whatever else the server gives. */
export async function appointmentsOf(
  dialect: FhirDialect,
  ctx: AdapterContext,
  patient: string,
  window: Window,
): Promise<readonly VendorAppointment[]> {
  const [from, to] = [instantOf(window.from), instantOf(window.to)];
  if (from >= to) return [];
  const found = await searchWindow(
    clientOf(dialect, ctx),
    'Appointment',
    { from, to },
    (part) =>
      dialect.queries.appointments(patient, {
        from: utc(part.from),
        to: utc(part.to, 'up'),
      }),
    'appointments',
  );
  const all = await toAppointments(dialect, ctx, found.of('Appointment'));
  return all.filter(({ resource }) => {
    const start = resource.start === undefined ? undefined : instantOf(resource.start);
    const isOf = resource.participant.some(({ actor }) => actor?.reference === `Patient/${patient}`);
    return isOf && start !== undefined && from <= start && start < to;
  });
}

async function toAppointments(
  dialect: FhirDialect,
  ctx: AdapterContext,
  wires: readonly AppointmentResource[],
  etag?: string,
): Promise<readonly VendorAppointment[]> {
  const actors = wires.flatMap(({ participant }) => participant.map(({ actor }) => actor));
  const roles = await readRoles(dialect, ctx, actors);
  const bySlot = dialect.settings.parse(ctx.settings).booking !== 'operations';
  return wires.map((wire) => dialect.amend(toAppointment(wire, ctx.timeZone, { roles, etag, bySlot }), wire));
}
