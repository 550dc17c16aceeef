import type { SeedPatient } from '../office-plan.ts';
import { person } from './person.ts';

/**
 * Invented people of the saguaro office; the first has PatNum 3001, the next 3002, … The first three have no
 * appointments. Among them: relatives on one phone, names that contain one another, a pair that only the office can
 * tell apart, and people who may not be booked.
 */
export const saguaroPatients: readonly SeedPatient[] = [
  person('Brennan', 'Ruth', '1969-04-27', 'Female', '(602)555-0110', 4),
  person('Iyer', 'Kiran', '1988-01-05', 'Male', '(602)555-0111', 4),
  person('Solberg', 'Nils', '1995-09-23', 'Male', '(602)555-0112', 4),
  person('Brennan-Cole', 'Ruthanne', '1969-04-27', 'Female', '(602)555-0113', 4),
  person('Achterberg', 'Lotte', '2003-12-01', 'Female', '(602)555-0114', 5),
  person('Achterberg', 'Pim', '2006-03-15', 'Male', '(602)555-0114', 5),
  person('Achterberg', 'Wout', '1974-10-10', 'Male', '(602)555-0114', 5, { MedUrgNote: 'Pacemaker' }),
  person("D'Amato", 'Carla', '1957-06-18', 'Female', '(602)555-0115', 4),
  person('Gutiérrez', 'Inés', '1991-08-30', 'Female', '(602)555-0116', 4),
  person('De la Vega', 'Ramiro', '1948-02-14', 'Male', '(602)555-0117', 5, { HmPhone: '602 555 0128' }),
  person('Stone', 'Peter', '1962-11-11', 'Male', '(602)555-0118', 4),
  person('Stone', 'Peter', '1993-05-20', 'Male', '(602)555-0118', 4, { MiddleI: 'K', Preferred: 'Pete' }),
  person('Nakai', 'Dezba', '2000-07-07', 'Female', '(602)555-0119', 5),
  person('Ray', 'Jo', '1985-03-03', 'Female', '(602)555-0120', 4),
  person('Ray', 'Joanna', '1985-03-03', 'Female', '(602)555-0120', 4),
  person('Ellery', 'Sam', '1979-12-31', 'Unknown', '(602)555-0121', 5),
  person('Ellery', 'Sam', '1979-12-31', 'Unknown', '(480)555-0121', 5),
  person('Oduya', 'Femi', '0001-01-01', 'Male', '(602)555-0122', 4),
  person('Crane', 'Mabel', '1933-01-09', 'Female', '(602)555-0123', 4, { PatStatus: 'Inactive' }),
  person('Crane', 'Walter', '1930-04-04', 'Male', '(602)555-0123', 4, { PatStatus: 'Deceased' }),
  person('Lowe', 'Dana', '1966-09-09', 'Female', '(602)555-0124', 5, { PatStatus: 'Archived' }),
  person('Mbeki', 'Thandi', '2002-02-22', 'Female', '(602)555-0125', 5, { PatStatus: 'Prospective' }),
  person('Farrow', 'Colm', '1971-05-25', 'Male', '(602)555-0126', 4, { PatStatus: 'NonPatient' }),
  person('Haugen', 'Liv', '2012-06-01', 'Female', '(602)555-0127', 5),
  person('Silva', 'Beatriz', '1998-10-19', 'Female', '(602)555-0129', 4),
  person('Gone', 'Longago', '1970-01-01', 'Male', '(602)555-0130', 4, { PatStatus: 'Deleted' }),
];
