import type { EmrAnswer } from '#simulator-kit/index.ts';
import { bestMatches, SAME_PERSON, type Sought } from '../best-match.ts';
import { canary } from '../canary.ts';
import { readUsDate } from '../clock.ts';
import { noPatient, refuse } from '../error.ts';
import { FIRST_PATIENT } from '../practice-plan.ts';
import type { AthenaCall, Method, Patient } from '../tables.ts';
import { answer } from '../wire/json.ts';
import { patientOnWire } from '../wire/patient.ts';

export const patientMethods: readonly Method[] = [
  { verb: 'GET', template: '/patients/enhancedbestmatch', handle: findBestMatch },
  { verb: 'POST', template: '/patients', handle: createPatient },
  { verb: 'GET', template: '/patients/{patientid}', handle: readPatient },
  { verb: 'GET', template: '/patients/{patientid}/patientcases', handle: listCases },
];

const PHONES = ['homephone', 'mobilephone', 'workphone'];
const CONTACTS = ['email', 'guarantoremail', 'ssn', ...PHONES, 'zip'];
const LONGEST = { firstname: 20, lastname: 20, suffix: 20, city: 30, address1: 100 };
const LEAST_OF_BEST = 16;

function findBestMatch(call: AthenaCall): EmrAnswer {
  const { parameters, settings } = call;
  parameters.require('firstname', 'lastname', 'dob');
  const several = parameters.flag('returnbestmatches') ?? false;
  const least = parameters.count('minscore') ?? (several ? LEAST_OF_BEST : settings.bestMatchScore);
  const matches = bestMatches(call, soughtOf(call), least);
  return answer(
    call,
    (several ? matches.slice(0, 5) : matches).map(({ patient, score }) => ({
      ...patientOnWire(patient, parameters),
      score: String(score),
    })),
  );
}

/** Somebody who is known is not made again: the id is that of the one who is there. */
function createPatient(call: AthenaCall): EmrAnswer {
  const { parameters, db } = call;
  const required = ['firstname', 'lastname', 'dob', 'departmentid'];
  const absent = required.filter((name) => parameters.text(name) === undefined);
  const reachable = CONTACTS.some((name) => parameters.text(name) !== undefined);
  if (absent.length > 0 || !reachable)
    throw refuse(400, 'Additional fields are required.', {
      missingfields: [...absent, ...(reachable ? [] : CONTACTS)],
      invalidfields: [],
    });
  const sought = soughtOf(call);
  const wrong = wrongFields(call);
  if (wrong.length > 0) throw refuse(400, 'The data provided is invalid.', { invalidfields: wrong });
  const [known] = bestMatches(call, sought, SAME_PERSON);
  if (known !== undefined) {
    const silent = parameters.flag('showerrormessage') !== true;
    const message = silent ? {} : { errormessage: 'The patient already exists in the system.' };
    return answer(call, [{ patientid: known.patient.id, ...message }]);
  }
  const id = String(db.next('patient', FIRST_PATIENT));
  const [homePhone, mobilePhone, workPhone] = PHONES.map((name) => phoneOf(parameters.text(name)));
  const sex = parameters.text('sex');
  const { first, last, birthDate, suffix, email, zip } = sought;
  db.table('patients').put(id, {
    id,
    first,
    last,
    birthDate,
    ...(suffix !== undefined && { suffix }),
    ...(sex !== undefined && { sex }),
    ...(homePhone !== undefined && { homePhone }),
    ...(mobilePhone !== undefined && { mobilePhone }),
    ...(workPhone !== undefined && { workPhone }),
    ...(email !== undefined && { email }),
    ...(zip !== undefined && { zip }),
    departmentId: parameters.id('departmentid') ?? '',
    registered: call.now,
  });
  call.ledger.patient(id, 'api');
  return answer(call, [{ patientid: id }]);
}

function readPatient(call: AthenaCall): EmrAnswer {
  return answer(call, [patientOnWire(patientOf(call), call.parameters)]);
}

/** What a booking opens that does not say `nopatientcase`. */
function listCases(call: AthenaCall): EmrAnswer {
  const { id: patientId } = patientOf(call);
  const rows = call.db
    .table('patient-cases')
    .all()
    .filter((one) => one.patientId === patientId);
  return answer(call, {
    totalcount: rows.length,
    patientcases: rows.map(({ id }) => ({ patientcaseid: id, description: canary.patientCase })),
  });
}

function patientOf({ db, path }: AthenaCall): Patient {
  const row = db.table('patients').get(path.patientid ?? '');
  if (row === undefined) throw noPatient();
  return row;
}

function soughtOf({ parameters, now }: AthenaCall): Sought {
  const birthDate = readUsDate(parameters.text('dob') ?? '');
  if (birthDate === undefined || Date.parse(birthDate) > now) throw refuse(400, 'Improper DOB.');
  return {
    first: parameters.text('firstname') ?? '',
    last: parameters.text('lastname') ?? '',
    birthDate,
    suffix: parameters.text('suffix'),
    email: parameters.text('email'),
    zip: parameters.text('zip'),
    phones: PHONES.flatMap((name) => phoneOf(parameters.text(name)) ?? []),
  };
}

/** Texts that are too long, a sex that is neither, and telephone numbers that cannot be in North America. */
function wrongFields({ parameters }: AthenaCall): string[] {
  const long = Object.entries(LONGEST).filter(([name, most]) => (parameters.text(name) ?? '').length > most);
  const unreachable = PHONES.filter((name) => {
    const number = parameters.text(name);
    return number !== undefined && phoneOf(number) === undefined;
  });
  const sex = parameters.text('sex');
  return [
    ...long.map(([name]) => name),
    ...(sex === undefined || sex === 'F' || sex === 'M' ? [] : ['sex']),
    ...unreachable,
  ];
}

/** Ten digits; undefined for what the North American plan has no such number for. */
function phoneOf(text: string | undefined): string | undefined {
  const digits = text?.replaceAll(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
  const [, area = '', exchange = ''] = digits?.match(/^([2-9]\d\d)([2-9]\d\d)\d{4}$/) ?? [];
  const isService = [area, exchange].some((part) => part === '' || part.endsWith('11'));
  return isService ? undefined : digits;
}
