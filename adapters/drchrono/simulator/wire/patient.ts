import type { Settings } from '../settings.ts';
import type { Patient } from '../tables.ts';
import { CANARY, empty } from './canary.ts';

/** The minimal patient. With markers on it has the keys of the full schema too, as the specification says. */
export function summaryOut(row: Patient, settings: Settings): object {
  return { ...identity(row, settings), ...(settings.emitCanaryPhi && restOfTheSchema()) };
}

export function patientOut(row: Patient, settings: Settings): object {
  return {
    ...identity(row, settings),
    ...restOfTheSchema(),
    email: row.email,
    cell_phone: row.phone,
    patient_status: row.status,
  };
}

function identity(row: Patient, settings: Settings): object {
  return {
    id: row.id,
    chart_id: row.chartId,
    first_name: row.firstName,
    last_name: row.lastName,
    date_of_birth: row.birthDate ?? empty(settings),
    gender: row.gender,
    doctor: row.doctor,
  };
}

function restOfTheSchema(): object {
  const marked = Object.fromEntries(
    [
      'middle_name',
      'social_security_number',
      'address',
      'city',
      'state',
      'zip_code',
      'race',
      'ethnicity',
      'employer',
      'emergency_contact_name',
      'responsible_party_name',
      'patient_photo',
      'referring_source',
      'email',
      'cell_phone',
      'home_phone',
    ].map((name) => [name, `${CANARY}-${name}`]),
  );
  return {
    ...marked,
    primary_insurance: {
      insurance_company: `${CANARY}-insurance`,
      insurance_id_number: `${CANARY}-member`,
    },
    patient_flags: [{ name: `${CANARY}-flag` }],
  };
}
