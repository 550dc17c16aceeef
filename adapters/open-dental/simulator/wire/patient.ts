import type { OfficePlan } from '../office-plan.ts';
import type { Patient } from '../tables.ts';

/** A patient with much that scheduling has no need of, as the API really sends it. */
export function patientOnWire(plan: OfficePlan, row: Patient): Record<string, unknown> {
  return {
    ...simplePatient(plan, row),
    SSN: '',
    Address: row.Address,
    Address2: '',
    City: row.City,
    State: row.State,
    Zip: row.Zip,
    Position: 'Single',
    Guarantor: row.PatNum,
    ChartNumber: `CH${row.PatNum}`,
    MedicaidID: '',
    EstBalance: (row.PatNum * 37) % 400,
    BalTotal: (row.PatNum * 53) % 900,
    InsEst: 0,
    CreditType: '',
    Premed: 'false',
    MedUrgNote: row.MedUrgNote,
    ApptModNote: row.MedUrgNote === '' ? '' : 'Prefers the quiet room',
    EmployerNum: 0,
    SchoolName: '',
    Language: '',
    PreferConfirmMethod: 'None',
    PreferContactMethod: 'None',
    PreferRecallMethod: 'None',
    SecProv: 0,
    secProvAbbr: '',
    BillingType: 'Standard Account',
    AskToArriveEarly: 0,
    DateFirstVisit: '0001-01-01',
    siteDesc: '',
    Ward: '',
    Title: '',
    Salutation: '',
  };
}

/** A row of /patients/Simple, without `serverDateTime`. */
export function simplePatient(plan: OfficePlan, row: Patient): Record<string, unknown> {
  return {
    PatNum: row.PatNum,
    LName: row.LName,
    FName: row.FName,
    MiddleI: row.MiddleI,
    Preferred: row.Preferred,
    PatStatus: row.PatStatus,
    Gender: row.Gender,
    Birthdate: row.Birthdate,
    HmPhone: row.HmPhone,
    WkPhone: row.WkPhone,
    WirelessPhone: row.WirelessPhone,
    Email: row.Email,
    PriProv: row.PriProv,
    priProvAbbr: plan.providers.find(({ ProvNum }) => ProvNum === row.PriProv)?.Abbr ?? '',
    ClinicNum: row.ClinicNum,
    clinicAbbr: plan.clinics.find(({ ClinicNum }) => ClinicNum === row.ClinicNum)?.Abbr ?? '',
    FeeSched: 0,
    SuperFamily: 0,
    DateTStamp: row.DateTStamp,
    TxtMsgOk: row.TxtMsgOk,
    SecDateEntry: row.SecDateEntry,
  };
}
