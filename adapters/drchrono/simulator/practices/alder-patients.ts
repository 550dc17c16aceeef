import type { SeedPatient } from '../practice-plan.ts';

/**
 * Invented people. The first two have no appointments. Among them: two of one name, twins, names that begin alike, a
 * double name with accents, no known gender, one who has left and one who has died.
 */
export const alderPatients: readonly SeedPatient[] = [
  person('Ada', 'Moreno', '1984-02-11', 'Female'),
  person('Caspian', 'Thorne', '1991-07-23', 'Male'),
  person('Ines', 'Quillfeather', '1979-05-02', 'Female'),
  person('Tobias', 'Marlow', '1965-12-30', 'Male'),
  person('Tobias', 'Marlow', '1992-12-30', 'Male'),
  person('Juniper', 'Ashgrove', '2014-03-08', 'Female'),
  person('Rowan', 'Ashgrove', '2014-03-08', 'Male'),
  person('Zoë', 'Peña-Castellanos', '1970-02-28', 'Female'),
  person('Ann', 'Lind', '1988-08-08', 'Female'),
  person('Anna', 'Lindqvist', '1988-08-08', 'Female'),
  person('Bram', 'Oyelaran', '1958-10-17', 'Male'),
  person('Celeste', 'Varga', '2001-01-01', 'Other'),
  person('Dmitri', 'Haldane', '1949-06-21', 'Male'),
  person('Esme', "O'Rourke", '1996-04-30', 'Female'),
  person('Farid', 'Nakashima', '1983-11-11', 'Male'),
  person('Greta', 'Bellweather', '1937-09-09', 'Female'),
  person('Hollis', 'Drummond', '1975-03-19', 'UNK'),
  person('Isolde', 'Kravitz', '1999-12-01', 'Female'),
  person('Jasper', 'Mbeki', '2008-08-27', 'Male'),
  person('Keiko', 'Stannard', '1962-02-14', 'Female'),
  person('Lars', 'Whitcombe', '1990-05-25', 'Male'),
  person('Mirela', 'Santangelo', '1986-07-07', 'Female'),
  person('Nils', 'Abara', '1971-01-29', ''),
  person('Odette', 'Fairbairn', '1954-11-05', 'Female'),
  person('Pavel', 'Goldwin', '2003-06-13', 'Male'),
  person('Quentin', 'Iyer', '1968-04-04', 'Male'),
  person('Rosalind', 'Temple', '1993-10-10', 'Female'),
  person('Soren', 'Ueda', '2017-02-20', 'Male'),
  person('Tamsin', 'Vale', '1981-08-16', 'Female'),
  person('Umberto', 'Winslow', '1945-12-12', 'Male'),
  person('Vesna', 'Yardley', '1978-03-03', 'ASKU'),
  person('Wendell', 'Zamora', '1960-09-24', 'Male'),
  person('Xenia', 'Brightwater', '2010-05-15', 'Female'),
  person('Yusuf', 'Coldwell', '1987-11-27', 'Male'),
  { ...person('Silas', 'Holloway', '1941-12-03', 'Male'), status: 'I' },
  { ...person('Thea', 'Larkspur', '1933-06-06', 'Female'), status: 'D' },
];

/** With a telephone number that nobody has and an address at example.org. */
function person(
  firstName: string,
  lastName: string,
  birthDate: string,
  gender: SeedPatient['gender'],
): SeedPatient {
  const plain = `${firstName}.${lastName}`.normalize('NFD').replaceAll(/[^\w.-]/g, '');
  const last = 1000 + (Number(birthDate.replaceAll('-', '')) % 9000);
  return {
    firstName,
    lastName,
    birthDate,
    gender,
    phone: `(555) 01${String(last).slice(0, 1)}-${last}`,
    email: `${plain.toLowerCase()}@example.org`,
  };
}
