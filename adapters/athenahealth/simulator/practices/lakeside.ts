import type { AppointmentType, PracticePlan } from '../practice-plan.ts';
import { lakesidePatients } from './lakeside-patients.ts';

const [LAKESIDE, HILLCREST, ANNEX] = ['12', '14', '19'];
const [BRICKER, OKAFOR, LINDQVIST] = ['71', '72', '73'];
const [ANY, OFFICE_VISIT, FOLLOW_UP, NEW_PATIENT, BUILDER] = ['80', '82', '83', '84', '86'];
const WORKDAYS = [1, 2, 3, 4, 5];
const PLACES = [LAKESIDE, HILLCREST, ANNEX];

/**
 * Two departments in Seattle and one that the portal hides; three providers and a room. Bricker's generic quarters of an
 * hour combine to longer visits, some of them twice at one time; Okafor's mornings are of one type; Lindqvist has half
 * hours and works at both. The end of Bricker's day is not for the web, and nobody can book her Friday noon.
 */
export const lakeside: PracticePlan = {
  name: 'Lakeside Clinic',
  timeZone: 'America/Los_Angeles',
  practiceId: '195900',
  departments: [
    {
      id: LAKESIDE,
      name: 'LAKESIDE CLINIC',
      patientName: 'Lakeside Clinic',
      address: '1 Shore Rd',
      city: 'SEATTLE',
      state: 'WA',
      zip: '98101',
      phone: '(206) 555-0100',
      hidden: false,
    },
    {
      id: HILLCREST,
      name: 'HILLCREST OFFICE',
      patientName: 'Hillcrest Office',
      address: '40 Ridge Way',
      city: '',
      state: 'WA',
      phone: '(206) 555-0101',
      hidden: false,
    },
    // Its address lies in another zone than its clock.
    {
      id: ANNEX,
      name: 'LAKESIDE ANNEX',
      patientName: 'Lakeside Annex',
      address: '7 Mill St',
      city: 'BOISE',
      state: 'ID',
      hidden: true,
    },
  ],
  providers: [
    {
      id: BRICKER,
      first: 'Ada',
      last: 'Bricker',
      type: 'MD',
      npi: 1234567893,
      specialty: 'Family Medicine',
      person: true,
    },
    {
      id: OKAFOR,
      first: 'Chidi',
      last: 'Okafor',
      type: 'NP',
      npi: 1245319599,
      specialty: 'Family Medicine',
      person: true,
    },
    {
      id: LINDQVIST,
      first: 'Solveig',
      last: 'Lindqvist',
      type: 'MD',
      specialty: 'Internal Medicine',
      person: true,
    },
    { id: '79', first: '', last: 'NURSE ROOM', type: 'MA', specialty: '', person: false },
  ],
  appointmentTypes: [
    type(ANY, 'Any 15', 'ANY15', 'Office Visit', 15, { generic: true }),
    type(OFFICE_VISIT, 'Office Visit', 'OV15', 'Office Visit', 15),
    type(FOLLOW_UP, 'Follow Up 30', 'FU30', 'Follow-up Visit', 30),
    type(NEW_PATIENT, 'New Patient 45', 'NP45', 'New Patient Visit', 45),
    type('85', 'Staff Meeting', 'STAFF', 'Staff Meeting', 30, { patient: false }),
    type(BUILDER, 'Hold For Add On', 'HOLD', 'Hold', 15, { templateOnly: true }),
  ],
  reasons: [
    reason('962', 'Office Visit', 'existing', OFFICE_VISIT),
    reason('963', 'Follow-up', 'existing', FOLLOW_UP),
    { ...reason('964', 'New Patient', 'new', NEW_PATIENT), providers: [BRICKER, LINDQVIST], minHours: 48 },
    { ...reason('965', 'Same-day Concern', 'all', OFFICE_VISIT), minHours: 1, maxDays: 2 },
  ],
  cancelReasons: [
    cancelReason('-5', 'CANCELLED FROM API'),
    { ...cancelReason('-4', 'RESCHEDULED FROM API'), patientRescheduled: true },
    cancelReason('3', 'PATIENT CANCELLED'),
    { ...cancelReason('5', 'PATIENT RESCHEDULED'), patientRescheduled: true },
    { ...cancelReason('27', 'PROVIDER UNAVAILABLE'), providerUnavailable: true, slotAvailable: false },
    { ...cancelReason('31', 'PATIENT NO SHOW'), noShow: true, slotAvailable: false },
  ],
  confirmations: [
    { id: 2, name: 'Confirmed' },
    { id: 3, name: 'Contacted' },
    { id: 8, name: 'Unable To Reach' },
    { id: 41, name: 'Confirmed by Operator' },
  ],
  shifts: [
    bricker(WORKDAYS, '09:00', '12:00', {}),
    bricker([1, 3], '09:15', '09:30', {}),
    bricker([5], '12:00', '12:30', { typeId: BUILDER }),
    bricker(WORKDAYS, '13:00', '16:00', {}),
    bricker(WORKDAYS, '16:00', '17:00', { webSchedulable: false }),
    okafor([1, 2, 3, 4], '08:30', '12:00', OFFICE_VISIT),
    okafor(WORKDAYS, '13:00', '16:30', ANY),
    lindqvist([1, 3], '13:00', '17:00', LAKESIDE, FOLLOW_UP),
    { ...lindqvist([2, 5], '09:00', '12:00', HILLCREST, ANY), at: 2 },
    lindqvist([6], '09:00', '11:00', LAKESIDE, OFFICE_VISIT),
    { ...lindqvist([4], '09:00', '11:00', ANNEX, ANY), localProvider: '173' },
  ],
  patients: lakesidePatients,
  staff: [
    { id: 'athena-u-1', name: 'June Abbot (front desk)', username: 'june', password: 'lakeside-demo' },
    { id: 'athena-u-2', name: 'Omar Reyes (front desk)', username: 'omar', password: 'lakeside-demo' },
  ],
};

type Shift = PracticePlan['shifts'][number];

function bricker(days: readonly number[], from: string, to: string, more: Partial<Shift>): Shift {
  return {
    days,
    from,
    to,
    department: LAKESIDE,
    provider: BRICKER,
    typeId: ANY,
    at: 1,
    webSchedulable: true,
    ...more,
  };
}

function okafor(days: readonly number[], from: string, to: string, typeId: string): Shift {
  return { days, from, to, department: HILLCREST, provider: OKAFOR, typeId, at: 1, webSchedulable: true };
}

function lindqvist(
  days: readonly number[],
  from: string,
  to: string,
  department: string,
  typeId: string,
): Shift {
  return { days, from, to, department, provider: LINDQVIST, typeId, at: 1, webSchedulable: true };
}

function type(
  id: string,
  name: string,
  shortName: string,
  patientName: string,
  minutes: number,
  more: Partial<AppointmentType> = {},
): AppointmentType {
  const usual = { generic: false, patient: true, templateOnly: false };
  return { id, name, shortName, patientName, minutes, ...usual, ...more };
}

function reason(
  id: string,
  name: string,
  kind: 'new' | 'existing' | 'all',
  typeId: string,
): PracticePlan['reasons'][number] {
  const providers = [BRICKER, OKAFOR, LINDQVIST];
  return { id, name, kind, typeId, minHours: 24, maxDays: 90, departments: PLACES, providers };
}

function cancelReason(id: string, name: string): PracticePlan['cancelReasons'][number] {
  const no = { noShow: false, patientRescheduled: false, providerUnavailable: false };
  return { id, name, ...no, slotAvailable: true };
}
