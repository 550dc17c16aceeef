import type { ClinicPlan } from '../clinic-plan.ts';
import { willowPatients } from './willow-patients.ts';

const SPRUCE = 'loc-10';
const INLET = 'loc-11';
const CASTELLAN = 'pr-101';
const LINDGREN = 'pr-102';
const BELL = 'pr-103';
const ALL_DAYS = [1, 2, 3, 4, 5];
const BOTH = ['office', 'followup'];

/**
 * Two practitioners in Anchorage. Lindgren works by a role at Spruce Street and has, on Wednesday afternoons, the same
 * hours at the inlet; Bell has left, and her schedule is not active; a room can be booked that belongs to nobody.
 */
export const willow: ClinicPlan = {
  name: 'Willow Creek Health',
  timeZone: 'America/Anchorage',
  city: 'Anchorage',
  state: 'AK',
  locations: [
    {
      id: SPRUCE,
      name: 'Willow Creek Health Spruce Street',
      street: '12 Spruce Street',
      phone: '907-555-0101',
    },
    { id: INLET, name: 'Willow Creek Health Inlet View', street: '7 Inlet View', phone: '907-555-0102' },
  ],
  practitioners: [
    { id: CASTELLAN, family: 'Castellan', given: 'Mira', suffix: 'MD', npi: '1234567893' },
    { id: LINDGREN, family: 'Lindgren', given: 'Oskar', suffix: 'NP', npi: '1245319599' },
    { id: BELL, family: 'Bell', given: 'Harriet', suffix: 'MD', npi: '1902809056', active: false },
  ],
  roles: [{ id: 'role-2', practitioner: LINDGREN, location: SPRUCE }],
  services: [
    { id: 'hs-1', code: 'office', name: 'Office visit' },
    { id: 'hs-2', code: 'followup', name: 'Follow-up' },
  ],
  schedules: [
    {
      key: 1,
      id: 'sch-1',
      actors: [`Practitioner/${CASTELLAN}`, `Location/${SPRUCE}`],
      practitioner: CASTELLAN,
      location: SPRUCE,
      services: BOTH,
      shifts: [
        { days: ALL_DAYS, from: '08:00', to: '12:00' },
        { days: ALL_DAYS, from: '13:00', to: '16:00' },
      ],
    },
    {
      key: 2,
      id: 'sch-2',
      actors: ['PractitionerRole/role-2'],
      practitioner: LINDGREN,
      location: SPRUCE,
      services: BOTH,
      shifts: [
        { days: [1, 2, 3, 4], from: '09:00', to: '12:00' },
        { days: [1, 2, 3, 4], from: '13:00', to: '17:00' },
      ],
    },
    {
      key: 3,
      id: 'sch-3',
      actors: [`Practitioner/${LINDGREN}`, `Location/${INLET}`],
      practitioner: LINDGREN,
      location: INLET,
      services: ['office'],
      shifts: [
        { days: [3], from: '13:00', to: '17:00' },
        { days: [5, 6], from: '09:00', to: '12:00' },
      ],
    },
    {
      key: 4,
      id: 'sch-4',
      active: false,
      actors: [`Practitioner/${BELL}`, `Location/${SPRUCE}`],
      practitioner: BELL,
      location: SPRUCE,
      services: BOTH,
      shifts: [{ days: ALL_DAYS, from: '09:00', to: '11:00' }],
    },
    {
      key: 5,
      id: 'sch-5',
      actors: [`Location/${INLET}`],
      location: INLET,
      services: ['office'],
      shifts: [{ days: [2], from: '09:00', to: '12:00' }],
    },
  ],
  patients: willowPatients,
  staff: [
    { id: 'pr-201', name: 'June Harlow (front desk)', username: 'june', password: 'willow-demo' },
    { id: 'pr-202', name: 'Abe Saito (front desk)', username: 'abe', password: 'willow-demo' },
  ],
};
