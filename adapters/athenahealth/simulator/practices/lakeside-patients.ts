import type { SeedPatient } from '../practice-plan.ts';

/**
 * Invented people. The first three have no appointments. Among them: names that begin alike, relatives on one phone, a
 * double name with accents, twins who differ in one letter, and two of one name and birth date.
 */
export const lakesidePatients: readonly SeedPatient[] = (
  [
    ['Mina', 'Testcase', '1987-04-09', 'F'],
    ['Orrin', 'Vasquez', '1974-11-30', 'M'],
    ['Ottilie', 'Brannock', '1991-02-17', 'F'],
    ['Tamsin', 'Adeyemi', '1968-08-05', 'F'],
    ['Cormac', 'Bellweather', '1959-01-22', 'M'],
    ['Wen', 'Chao', '1993-06-14', 'F'],
    ['Wendell', 'Chaomer', '1993-06-14', 'M'],
    ['Isidora', 'Peña-Duarte', '1980-12-01', 'F'],
    ['Lucan', 'Dreyer', '2012-03-28', 'M'],
    ['Lucas', 'Dreyer', '2012-03-28', 'M'],
    ['Philippa', 'Dreyer', '1983-10-11', 'F'],
    ['Eamon', 'Faulk', '1947-07-07', 'M'],
    ['Maeve', "O'Garrity", '1972-05-19', 'F'],
    ['Maeve', "O'Garrity", '1972-05-19', 'F'],
    ['Zoltan', 'Habsch', '1966-09-02', 'M'],
    ['Ingrid', 'Halloway', '1999-01-31', 'F'],
    ['Rosalind', 'Imber', '1955-04-25', 'F'],
    ['Tobias', 'Jarnefelt', '1988-08-18', 'M'],
    ['Nkechi', 'Kalu', '1990-12-24', 'F'],
    ['Bertrand', 'Lisle', '1941-02-06', 'M'],
    ['Saoirse', 'Maddox', '2005-06-30', 'F'],
    ['Anselm', 'Norrgard', '1977-03-15', 'M'],
    ['Yuki', 'Ostrander', '1985-11-09', 'F'],
    ['Quentin', 'Pellworm', '1962-10-27', 'M'],
    ['Renata', 'Quist', '1996-05-03', 'F'],
    ['Dashiell', 'Rookwood', '2018-09-12', 'M'],
    ['Xiomara', 'Rookwood', '1989-07-21', 'F'],
    ['Gunnar', 'Sallow', '1953-12-16', 'M'],
    ['Ferelith', 'Tamblyn', '1979-01-08', 'F'],
    ['Ulrich', 'Unthank', '1970-04-02', 'M'],
    ['Vesper', 'Varga', '2001-08-29', 'F'],
    ['Hamish', 'Wexcombe', '1964-02-13', 'M'],
    ['Leocadia', 'Yarrow', '1944-06-06', 'F'],
    ['Jasper', 'Zeller', '1982-09-23', 'M'],
    ['Dorothea', 'Zellweg', '1982-09-23', 'F'],
    ['Kit', 'Ashgrove', '2009-10-10', 'M'],
  ] as const
).map(([first, last, birthDate, sex], index) => ({
  first,
  last,
  birthDate,
  sex,
  // A family has one phone.
  phone: `206555${String(110 + (last === 'Dreyer' ? 8 : index)).padStart(4, '0')}`,
  email: `${first}.${last}.${index + 1}@example.org`
    .normalize('NFD')
    .replaceAll(/[^\w.@-]/g, '')
    .toLowerCase(),
}));
