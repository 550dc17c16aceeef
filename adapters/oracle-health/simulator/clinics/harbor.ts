import type { ClinicPlan } from '../clinic-plan.ts';
import { harborPatients } from './harbor-patients.ts';

const PIER = '21300417';
const LIGHTHOUSE = '32200649';
const VISIT = '24477901';
const PHYSICAL = '24477902';
const BOTH_TYPES = [VISIT, PHYSICAL];

/**
 * Two practitioners in Boston. Sorensen's mornings are offered at both locations (linked slots), her afternoons at one;
 * Haddad works at the lighthouse and has Saturday mornings at the pier; on Wednesdays a room can be booked that only a
 * display names.
 */
export const harbor: ClinicPlan = {
  name: 'Harbor Clinic',
  timeZone: 'America/New_York',
  tenant: 'ec2458f2-1e24-41c8-b71b-0e701af7583d',
  organization: { id: '685844', name: 'Harbor Clinic' },
  locations: [
    { id: PIER, name: 'Harbor Clinic Pier Street', street: '4 Pier Street', phone: '617-555-0101' },
    {
      id: LIGHTHOUSE,
      name: 'Harbor Clinic Lighthouse Road',
      street: '90 Lighthouse Road',
      phone: '617-555-0102',
    },
  ],
  practitioners: [
    { id: '4464007', family: 'Sorensen', given: 'Lena', suffix: 'MD' },
    { id: '4464008', family: 'Haddad', given: 'Amir', suffix: 'NP' },
  ],
  resources: [
    { key: 1, display: 'Sorensen, Lena MD', practitioner: '4464007' },
    { key: 2, display: 'Haddad, Amir NP', practitioner: '4464008' },
    { key: 3, display: 'HC Procedure Room 1' },
  ],
  appointmentTypes: [
    {
      code: VISIT,
      display: 'HC Office Visit 30',
      patientDisplay: 'Office visit',
      minutes: 30,
      snomed: { code: '394802001', display: 'General medicine (qualifier value)' },
    },
    {
      code: PHYSICAL,
      display: 'HC Physical Exam 60',
      patientDisplay: 'Physical exam',
      minutes: 60,
      snomed: { code: '408443003', display: 'General medical practice (qualifier value)' },
    },
  ],
  shifts: [
    {
      days: [1, 2, 3, 4, 5],
      from: '09:00',
      to: '12:00',
      resource: 1,
      locations: [PIER, LIGHTHOUSE],
      types: BOTH_TYPES,
    },
    {
      days: [1, 2, 3, 4, 5],
      from: '13:00',
      to: '17:00',
      resource: 1,
      locations: [PIER],
      types: BOTH_TYPES,
    },
    {
      days: [1, 2, 4, 5],
      from: '08:00',
      to: '12:00',
      resource: 2,
      locations: [LIGHTHOUSE],
      types: BOTH_TYPES,
    },
    {
      days: [1, 2, 4, 5],
      from: '13:00',
      to: '16:00',
      resource: 2,
      locations: [LIGHTHOUSE],
      types: BOTH_TYPES,
    },
    { days: [6], from: '09:00', to: '12:00', resource: 2, locations: [PIER], types: [VISIT] },
    { days: [3], from: '13:00', to: '16:00', resource: 3, locations: [PIER], types: [PHYSICAL] },
  ],
  patients: harborPatients,
  staff: [
    { id: '4464101', name: 'Dana Whitlow (front desk)', username: 'dana', password: 'harbor-demo' },
    { id: '4464102', name: 'Per Nyberg (front desk)', username: 'per', password: 'harbor-demo' },
  ],
};
