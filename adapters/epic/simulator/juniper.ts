import { fhirId } from './fhir-id.ts';
import { juniperPatients } from './juniper-patients.ts';
import type { Practice } from './practice-plan.ts';

const [solheim, okoye] = [fhirId('Practitioner', 1), fhirId('Practitioner', 2)];
const [main, riverside] = [fhirId('Location', 1), fhirId('Location', 2)];

/** A practice in Chicago: two physicians, two departments, two visit types. Nobody works at weekends. */
export const juniper: Practice = {
  name: 'Juniper Family Medicine',
  timeZone: 'America/Chicago',
  organization: { id: fhirId('Organization', 1), name: 'Juniper Family Medicine' },
  practitioners: [
    { id: solheim, npi: '1999999984', family: 'Solheim', given: 'Maren', degree: 'MD', gender: 'female' },
    { id: okoye, npi: '1999999992', family: 'Okoye', given: 'Daniel', degree: 'DO', gender: 'male' },
  ],
  locations: [
    {
      id: main,
      number: '10501101',
      name: 'Juniper Main Street',
      phone: '312-555-0101',
      street: '400 Sample Street',
    },
    {
      id: riverside,
      number: '10501102',
      name: 'Juniper Riverside',
      phone: '312-555-0102',
      street: '12 Example Quay',
    },
  ],
  theatre: {
    room: {
      id: fhirId('Location', 3),
      number: '10501201',
      name: 'Juniper OR 1',
      phone: '312-555-0103',
      street: '400 Sample Street',
    },
    suite: {
      id: fhirId('Location', 4),
      number: '10501202',
      name: 'Juniper Surgical Suite',
      phone: '312-555-0103',
      street: '400 Sample Street',
    },
  },
  visitTypes: [
    { code: '1004', display: 'Office Visit', minutes: 30, instruction: 'Arrive 10 minutes early.\r\n' },
    {
      code: '1003',
      display: 'New Patient',
      minutes: 40,
      instruction: 'Arrive 20 minutes early.\r\nBring an identity card.\r\n',
    },
  ],
  sessions: [
    { practitioner: solheim, location: main, days: [1, 2, 3, 4], from: '08:00', to: '12:00' },
    { practitioner: solheim, location: main, days: [1, 2, 3], from: '13:00', to: '17:00' },
    { practitioner: solheim, location: riverside, days: [5], from: '09:00', to: '15:00' },
    { practitioner: okoye, location: riverside, days: [1, 2, 4], from: '09:00', to: '13:00' },
    { practitioner: okoye, location: main, days: [3, 5], from: '10:00', to: '16:00' },
  ],
  patients: juniperPatients,
};
