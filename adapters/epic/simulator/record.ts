import type { EpicCall, Resource } from './tables.ts';
import { locationOnWire, organizationOnWire, practitionerOnWire, roleOnWire } from './wire/directory.ts';
import { patientOnWire } from './wire/patient.ts';

/** Types whose records the API can read and never changes. */
export type RecordType = 'Patient' | 'Practitioner' | 'PractitionerRole' | 'Location' | 'Organization';

/** Every record of a type, in the order of the practice's plan. */
export function recordsOf({ practice, settings }: EpicCall, type: RecordType): readonly Resource[] {
  const { environment } = settings;
  switch (type) {
    case 'Patient':
      return practice.patients.map((row) => patientOnWire(practice, environment, row));
    case 'Practitioner':
      return practice.practitioners.map((row) => practitionerOnWire(environment, row));
    case 'PractitionerRole':
      return practice.practitioners.map((row) => roleOnWire(practice, row));
    case 'Location':
      return practice.locations.map((row) => locationOnWire(practice, environment, row));
    case 'Organization':
      return [organizationOnWire(practice)];
  }
}

/** One record, or undefined. The rooms for surgery can be read by id and are in no search. */
export function recordOf(call: EpicCall, type: RecordType, id: string): Resource | undefined {
  const { practice, settings } = call;
  const found = recordsOf(call, type).find((record) => record.id === id);
  if (found !== undefined || type !== 'Location') return found;
  const room = [practice.theatre.room, practice.theatre.suite].find((one) => one.id === id);
  return room === undefined ? undefined : locationOnWire(practice, settings.environment, room);
}
