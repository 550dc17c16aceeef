import { canary } from '../canary.ts';
import { usDate } from '../clock.ts';
import type { Parameters } from '../parameters.ts';
import type { Patient } from '../tables.ts';

/** A patient with all that is on file, which is far more than a scheduler needs. */
export function patientOnWire(row: Patient, parameters: Parameters): object {
  return {
    patientid: row.id,
    firstname: row.first,
    lastname: row.last,
    ...(row.suffix !== undefined && { suffix: row.suffix }),
    dob: usDate(row.birthDate),
    ...(row.sex !== undefined && { sex: row.sex }),
    departmentid: row.departmentId,
    primarydepartmentid: row.departmentId,
    status: 'active',
    ...(row.email !== undefined && { email: row.email }),
    ...(row.homePhone !== undefined && { homephone: row.homePhone }),
    ...(row.mobilePhone !== undefined && { mobilephone: row.mobilePhone }),
    ...(row.workPhone !== undefined && { workphone: row.workPhone }),
    ...(row.zip !== undefined && { zip: row.zip }),
    address1: canary.address,
    ssn: parameters.flag('showfullssn') === true ? canary.ssn : canary.maskedSsn,
    ethnicitycode: canary.ethnicity,
    guarantorlastname: canary.guarantor,
    guarantorphone: canary.guarantorPhone,
    contactname: canary.emergencyContact,
    employername: canary.employer,
    balances: [{ balance: canary.balance, departmentlist: row.departmentId, providergroupid: '1' }],
    ...(parameters.flag('showinsurance') === true && {
      insurances: [{ insuranceplanname: canary.insurancePlan, insuranceidnumber: canary.insuranceId }],
    }),
  };
}
