import type { PracticePlan } from '../practice-plan.ts';
import { alder } from './alder.ts';

/**
 * The demo practice, and so many more that one application has been installed in. They are alike but for their ids and
 * names, and the users' names: `frontdesk`, `frontdesk2`, `frontdesk3`, …
 */
export function practicesOf(count: number): readonly [PracticePlan, ...PracticePlan[]] {
  return [alder, ...Array.from({ length: count - 1 }, (_, index) => another(index + 2))];
}

/** Ids of the n-th practice stand this far from those of the first. */
const ID_STEP = 1000;

function another(number: number): PracticePlan {
  const shift = (number - 1) * ID_STEP;
  const own = <Row extends { readonly id: number }>(row: Row): Row => ({ ...row, id: row.id + shift });
  const ofDoctor = <Row extends { readonly doctor: number }>(row: Row): Row => ({
    ...row,
    doctor: row.doctor + shift,
  });
  const [user, ...users] = alder.users;
  const [doctor, ...doctors] = alder.doctors;
  const [office, ...offices] = alder.offices;
  const [profile, ...profiles] = alder.profiles;
  const account = (one: typeof user) => own(ofDoctor({ ...one, username: `${one.username}${number}` }));
  const clinician = (one: typeof doctor) => own({ ...one, office: one.office + shift });
  return {
    id: alder.id + number - 1,
    name: `${alder.name} ${number}`,
    users: [account(user), ...users.map(account)],
    doctors: [clinician(doctor), ...doctors.map(clinician)],
    offices: [own(ofDoctor(office)), ...offices.map((one) => own(ofDoctor(one)))],
    profiles: [own(ofDoctor(profile)), ...profiles.map((one) => own(ofDoctor(one)))],
    templates: alder.templates.map((one) => ({
      ...own(ofDoctor(one)),
      office: one.office + shift,
      profile: one.profile + shift,
    })),
    blocks: alder.blocks.map((one) => ({ ...ofDoctor(one), office: one.office + shift })),
    reminderProfiles: alder.reminderProfiles.map((one) => own(ofDoctor(one))),
    patients: alder.patients,
    firstPatient: alder.firstPatient + shift,
  };
}
