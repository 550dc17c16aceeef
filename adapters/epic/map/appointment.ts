import { isLocalDate, type VendorAppointment } from '#adapter-kit/index.ts';
import type { fhirWire } from '../../fhir-r4/index.ts';

/**
 * Epic tells on which day an appointment was made, and not in which zone that day was. The instant that goes on is the
 * last one that could be meant: an appointment is never taken for older than it is. That is what tells our own booking,
 * whose answer was lost, from one that was there before; {@link ../booking.ts book} sees to it that on the day itself
 * there is none.
 */
export function withCreated(
  appointment: VendorAppointment,
  { created }: Pick<fhirWire.AppointmentResource, 'created'>,
): VendorAppointment {
  if (appointment.created !== undefined || created === undefined || !isLocalDate(created)) return appointment;
  return {
    ...appointment,
    resource: { ...appointment.resource, created },
    // The western end of the Earth.
    created: `${created}T23:59:59-12:00`,
  };
}
