import type { Capabilities } from '#adapter-kit/index.ts';
import { refusals } from './map/issue.ts';
import type { FhirSettings } from './settings.ts';

/** What a connection can do, from what its probe has learned and what the practice has set. */
export function capabilitiesWith(settings: FhirSettings): Capabilities {
  const { booking, patch, operationNames, patientCreate, createPatients } = settings;
  const books = booking !== 'none';
  const bySlot = booking === 'slot-reference' || booking === 'conditional-create';
  return {
    bookingClass: booking === 'operations' ? 'E' : booking === 'conditional-create' ? 'F' : 'D',
    find: true,
    // A hold would need a status of the Slot, or an appointment, that no part of FHIR says when it ends.
    hold: 'gateway',
    book: books,
    // `$book` with an appointment to give up makes another record, and Medplum's slots follow only its own operations.
    reschedule: bySlot && patch ? 'in-place' : 'unsupported',
    cancel: books && patch && !(booking === 'operations' && operationNames === 'medplum'),
    matchPatient: true,
    createPatient: patientCreate && createPatients,
    marker: { field: 'Appointment.comment' },
    quietSeconds: 120,
    readAfterWriteMs: 0,
    times: 'offset',
    pace: { gapMs: 0, concurrent: 4 },
    refusals,
  };
}
