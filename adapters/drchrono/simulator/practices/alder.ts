import type { PracticePlan, Week } from '../practice-plan.ts';
import { alderPatients } from './alder-patients.ts';

const OKAFOR = 301122;
const LINDGREN = 301123;
const CREEK = 415001;

/** From Monday (0) to Friday (4). */
function weekdays(...hours: readonly { readonly from: string; readonly to: string }[]): Week {
  return Object.fromEntries([0, 1, 2, 3, 4].map((day) => [day, hours]));
}

/**
 * Two doctors in Portland and one office with three rooms. Okafor has a lunch hour, and a template that nobody keeps to;
 * Lindgren's Saturday is in the schedule and switched off.
 */
export const alder: PracticePlan = {
  id: 5150,
  name: 'Alder Creek Family Medicine',
  users: [
    {
      id: 88001,
      username: 'frontdesk',
      password: 'alder-demo',
      name: 'Marit Solberg (front desk)',
      doctor: OKAFOR,
      isDoctor: false,
    },
    {
      id: OKAFOR,
      username: 'nokafor',
      password: 'alder-demo',
      name: 'Nkechi Okafor MD',
      doctor: OKAFOR,
      isDoctor: true,
    },
  ],
  doctors: [
    {
      id: OKAFOR,
      firstName: 'Nkechi',
      lastName: 'Okafor',
      suffix: 'MD',
      specialty: 'Family Medicine',
      timezone: 'US/Pacific',
      office: CREEK,
      week: weekdays({ from: '09:00', to: '12:00' }, { from: '13:00', to: '17:00' }),
    },
    {
      id: LINDGREN,
      firstName: 'Per',
      lastName: 'Lindgren',
      suffix: 'NP',
      specialty: 'Nurse Practitioner',
      timezone: 'America/Los_Angeles',
      office: CREEK,
      week: { ...weekdays({ from: '08:00', to: '16:00' }), 5: [{ from: '09:00', to: '12:00', off: true }] },
    },
  ],
  offices: [
    {
      id: CREEK,
      name: 'Alder Creek',
      doctor: OKAFOR,
      address: '12 Alder Street',
      city: 'Portland',
      state: 'OR',
      zip: '97205',
      phone: '(555) 010-0140',
      start: '08:00:00',
      end: '18:00:00',
      rooms: [
        { index: 1, name: 'Exam 1', online: true },
        { index: 2, name: 'Exam 2', online: true },
        { index: 3, name: 'Procedures', online: false },
      ],
    },
    {
      id: CREEK + 1,
      name: 'Alder Creek (old building)',
      doctor: OKAFOR,
      address: '3 Mill Lane',
      city: 'Portland',
      state: 'OR',
      zip: '97205',
      phone: '',
      start: '00:00:00',
      end: '24:00',
      rooms: [{ index: 1, name: 'Exam 1', online: false }],
      archived: true,
    },
  ],
  profiles: [
    {
      id: 77120,
      name: 'Follow-up',
      color: '#3A87AD',
      minutes: 30,
      reason: 'Follow-up',
      online: true,
      doctor: OKAFOR,
    },
    {
      id: 77121,
      name: 'New patient',
      color: '#468847',
      minutes: 60,
      reason: 'New patient',
      online: true,
      doctor: OKAFOR,
    },
    {
      id: 77122,
      name: 'Follow-up',
      color: '#B94A48',
      minutes: 20,
      reason: '',
      online: true,
      doctor: LINDGREN,
    },
    {
      id: 77123,
      name: 'Minor procedure',
      color: '#F89406',
      minutes: 45,
      reason: 'Procedure',
      online: false,
      doctor: LINDGREN,
    },
    {
      id: 77124,
      name: 'Flu clinic 2019',
      color: '#999999',
      minutes: 10,
      reason: '',
      online: false,
      doctor: OKAFOR,
      archived: true,
    },
  ],
  templates: [
    {
      id: 66001,
      doctor: OKAFOR,
      office: CREEK,
      room: 1,
      profile: 77121,
      weekDays: [1, 3],
      start: '09:00',
      minutes: 180,
    },
  ],
  blocks: [
    {
      doctor: OKAFOR,
      office: CREEK,
      weekDays: [2],
      from: '15:00',
      to: '17:00',
      description: 'CANARY-PHI PTO, school play of her son',
    },
    {
      doctor: LINDGREN,
      office: CREEK,
      room: 3,
      weekDays: [0],
      from: '08:00',
      to: '10:00',
      description: 'Room is being cleaned',
    },
  ],
  reminderProfiles: [{ id: 55001, name: 'Day before, by text', doctor: OKAFOR }],
  patients: alderPatients,
  firstPatient: 90_017_733,
};
