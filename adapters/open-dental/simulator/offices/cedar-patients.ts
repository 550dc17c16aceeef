import type { SeedPatient } from '../office-plan.ts';
import { person } from './person.ts';

/**
 * Invented people of the cedar office; the first has PatNum 3001, the next 3002, … The first three have no
 * appointments. Among them: relatives on one phone, names that contain one another, a pair that only the office can
 * tell apart, and people who may not be booked.
 */
export const cedarPatients: readonly SeedPatient[] = [
  person('Okafor', 'Ada', '1990-11-02', 'Female', '(303)555-0144', 1),
  person('Lindqvist', 'Tomas', '1978-03-19', 'Male', '(303)555-0145', 1),
  person('Marsh', 'Delia', '2001-07-30', 'Female', '(303)555-0146', 2),
  person('Okafor-Reyes', 'Adaline', '1990-11-02', 'Female', '(303)555-0147', 1),
  person('Pellegrino', 'Marco', '1965-12-24', 'Male', '(303)555-0148', 2, {
    MedUrgNote: 'Allergic to penicillin',
  }),
  person('Pellegrino', 'Giulia', '1994-05-06', 'Female', '(303)555-0148', 2),
  person('Pellegrino', 'Luca', '2016-09-11', 'Male', '(303)555-0148', 2),
  person("O'Dowd", 'Siobhan', '1983-02-28', 'Female', '(303)555-0149', 1),
  person('Núñez', 'José', '1972-08-15', 'Male', '(303)555-0150', 1),
  person('Van der Meer', 'Anneke', '1959-10-03', 'Female', '(303)555-0151', 2, { HmPhone: '303-555-0162' }),
  person('Haskell', 'John', '1950-01-17', 'Male', '(303)555-0152', 1),
  person('Haskell', 'John', '1981-06-22', 'Male', '(303)555-0152', 1, { MiddleI: 'R', Preferred: 'Jack' }),
  person('Tanaka', 'Yuki', '1999-04-09', 'Other', '(303)555-0153', 2),
  person('Bright', 'Ann', '1987-11-21', 'Female', '(303)555-0154', 1),
  person('Bright', 'Annabel', '1987-11-21', 'Female', '(303)555-0154', 1),
  person('Castellan', 'Robin', '1992-02-02', 'Unknown', '(303)555-0155', 2),
  person('Castellan', 'Robin', '1992-02-02', 'Unknown', '(720)555-0155', 2),
  person('Ferro', 'Imre', '0001-01-01', 'Male', '(303)555-0156', 1),
  person('Quill', 'Harriet', '1931-05-05', 'Female', '(303)555-0157', 1, { PatStatus: 'Inactive' }),
  person('Quill', 'Edmund', '1929-09-29', 'Male', '(303)555-0157', 1, { PatStatus: 'Deceased' }),
  person('Yates', 'Corin', '1968-08-08', 'Male', '(303)555-0158', 2, { PatStatus: 'Archived' }),
  person('Abara', 'Chidi', '2004-01-31', 'Male', '(303)555-0159', 2, { PatStatus: 'Prospective' }),
  person('Whitlock', 'Petra', '1975-07-14', 'Female', '(303)555-0160', 1, { PatStatus: 'NonPatient' }),
  person('Eriksen', 'Sol', '2010-10-10', 'Female', '(303)555-0161', 2),
  person('Duarte', 'Manuel', '1996-12-12', 'Male', '(303)555-0163', 1),
  person('Gone', 'Already', '1980-01-01', 'Male', '(303)555-0164', 1, { PatStatus: 'Deleted' }),
];
