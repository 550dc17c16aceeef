import type { EmrAnswer } from '#simulator-kit/index.ts';
import { json } from '#simulator-kit/index.ts';
import { maySee } from '../access.ts';
import { writeAppointment } from '../appointment-book.ts';
import type { EpicCall, Interaction } from '../tables.ts';

/**
 * The private web service that cancels, licensed per customer. Its body is published nowhere; this one is the simplest
 * that names a patient and a visit, each with the type of its id, and README.md shows it.
 */
export const cancelService: Interaction = {
  verb: 'POST',
  template: '/api/epic/2014/PatientAccess/External/CancelAppointment/Scheduling/Cancel',
  effect: 'write',
  access: 'token',
  only: 'privateServices',
  handle: cancelAppointment,
};

function cancelAppointment(call: EpicCall): EmrAnswer {
  const order = readOrder(call.request.body);
  const row = call.db
    .table('appointments')
    .all()
    .find(
      ({ id, csn, patient }) =>
        patient === order.PatientID &&
        ((order.ContactIDType === 'CSN' && String(csn) === order.ContactID) ||
          (order.ContactIDType === 'FHIR' && id === order.ContactID)),
    );
  if (order.PatientIDType !== 'FHIR' || row === undefined || !maySee(call.bearer, row.patient))
    return failure('NO-APPOINTMENT-FOUND');
  if (row.status !== 'booked') return failure('APPOINTMENT-NOT-CANCELABLE');
  writeAppointment(call, call.practice, { ...row, status: 'cancelled' }, { by: 'api', action: 'cancel' });
  return json(200, {});
}

function failure(ExceptionMessage: string): EmrAnswer {
  return json(400, { Message: 'An error has occurred.', ExceptionMessage });
}

function readOrder(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
