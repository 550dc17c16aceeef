/**
 * Words that stand wherever a real answer tells more than a scheduler may know: money, insurance, charts, employers.
 * Whoever finds one of them behind a gateway has found a leak.
 */
export const canary = {
  copay: '73.19',
  insurancePlan: 'Canary Mutual Gold',
  insuranceId: 'CNRY-4410-77',
  claim: 'CNRYCLAIM8812',
  encounter: '9817273645',
  encounterState: 'CANARYSIGNED',
  procedure: 'CNRY-99213',
  patientCase: 'Canary case: chest tightness since Tuesday',
  ssn: '900-55-4417',
  maskedSsn: '*****4417',
  guarantor: 'Canarywell',
  guarantorPhone: '2065550199',
  employer: 'Canary Freight Lines',
  emergencyContact: 'Canaryhurst',
  ethnicity: 'CNRY-2186-5',
  address: '77 Canary Row',
  balance: '4410.77',
  taxId: '98-7654321',
  cardTypes: 'CANARYCARD',
  clinicalFax: '2065550188',
} as const;
