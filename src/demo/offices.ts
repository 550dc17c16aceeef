import { fileURLToPath } from 'node:url';

/** A practice of the demo and the simulated EMR that stands behind it. Everybody in it is invented. */
export interface DemoOffice {
  /** Name of the practice; a start finds its practice again by it. */
  readonly name: string;
  readonly timeZone: string;
  readonly phone: string;
  /** Id of the adapter. */
  readonly emr: string;
  /** What people call that EMR. */
  readonly emrTitle: string;
  /** Path of the EMR's API below the simulator's address. */
  readonly apiPath: string;
  readonly simulator: { readonly file: string; readonly office: string };
  readonly access: DemoAccess;
  /** Two of the office's invented patients, who have no appointments: who calls, and who calls for the same time. */
  readonly caller: DemoPerson;
  readonly rival: DemoPerson;
  /** Visit type that is meant when a caller names none, and that the story books. */
  readonly visitType: string;
  /** Whether its EMR lets us move and cancel; where not, both are left to people. */
  readonly changes: boolean;
}

/** How the practice lets us in. What opens a demo office opens nothing but a simulator on this machine. */
export type DemoAccess =
  | { readonly kind: 'key'; readonly keys: { readonly developerKey: string; readonly customerKey: string } }
  | {
      readonly kind: 'consent';
      /** Our registration at its authorization server. */
      readonly context: string;
      readonly clientId: string;
      readonly clientAuthentication: 'private_key_jwt' | 'client_secret_basic';
      /** What the practice fills in beside consenting: ids that its EMR does not tell. */
      readonly settings: Readonly<Record<string, string>>;
    };

export interface DemoPerson {
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd */
  readonly birthDate: string;
}

const simulatorOf = (adapter: string): string =>
  fileURLToPath(new URL(`../../adapters/${adapter}/simulator/main.ts`, import.meta.url));

const openDental = {
  emr: 'open-dental',
  emrTitle: 'Open Dental',
  apiPath: '/api/v1',
  file: simulatorOf('open-dental'),
};

/** The tenant of Oracle Health's public sandbox. */
const tenant = 'ec2458f2-1e24-41c8-b71b-0e701af7583d';

/**
 * Two dental practices, one of them in a zone without summer time, both of whose EMRs number their patients from 3001;
 * and two that consent at their EMR's own page.
 */
export const demoOffices: readonly DemoOffice[] = [
  {
    ...openDental,
    name: 'Cedar Dental',
    timeZone: 'America/Denver',
    phone: '+1 303 555 0100',
    simulator: { file: openDental.file, office: 'cedar' },
    access: {
      kind: 'key',
      keys: { developerKey: 'demo-developer-key', customerKey: 'demo-key-of-cedar' },
    },
    caller: { family: 'Okafor', given: 'Ada', birthDate: '1990-11-02' },
    rival: { family: 'Lindqvist', given: 'Tomas', birthDate: '1978-03-19' },
    visitType: 'check-up-30',
    changes: true,
  },
  {
    ...openDental,
    name: 'Saguaro Smiles',
    timeZone: 'America/Phoenix',
    phone: '+1 602 555 0100',
    simulator: { file: openDental.file, office: 'saguaro' },
    access: {
      kind: 'key',
      keys: { developerKey: 'demo-developer-key', customerKey: 'demo-key-of-saguaro' },
    },
    caller: { family: 'Brennan', given: 'Ruth', birthDate: '1969-04-27' },
    rival: { family: 'Iyer', given: 'Kiran', birthDate: '1988-01-05' },
    visitType: 'exam',
    changes: true,
  },
  {
    emr: 'epic',
    emrTitle: 'Epic',
    apiPath: '/interconnect-fhir-oauth',
    name: 'Juniper Family Medicine',
    timeZone: 'America/Chicago',
    phone: '+1 312 555 0100',
    simulator: { file: simulatorOf('epic'), office: 'juniper' },
    access: {
      kind: 'consent',
      context: 'juniper-epic',
      clientId: 'demo-client-of-juniper',
      clientAuthentication: 'private_key_jwt',
      settings: {
        environment: '0.1',
        practitioners: 'eeus-tcMi272KuIpv.8EuRy3, evEsMCybhD634G1K.W4ctEL3',
        locations: 'exl2nmjQsNcRS7FxCpnfL6F3, epZ5sgy8jxYYwpPabyzZ-c03',
        serviceTypes: '1004;Office Visit;30, 1003;New Patient;40',
      },
    },
    caller: { family: 'Whitfield', given: 'Amara', birthDate: '1988-04-12' },
    rival: { family: 'Petrov', given: 'Jonas', birthDate: '1971-09-30' },
    visitType: 'office-visit',
    // Cancelling and moving are no part of Epic's FHIR.
    changes: false,
  },
  {
    emr: 'oracle-health',
    emrTitle: 'Oracle Health',
    apiPath: `/r4/${tenant}`,
    name: 'Harbor Clinic',
    timeZone: 'America/New_York',
    phone: '+1 617 555 0100',
    simulator: { file: simulatorOf('oracle-health'), office: 'harbor' },
    access: {
      kind: 'consent',
      context: 'harbor-oracle',
      clientId: 'demo-client-of-harbor',
      clientAuthentication: 'client_secret_basic',
      settings: {
        practitioners: '4464007, 4464008',
        locations: '21300417, 32200649',
        serviceTypes: [
          `https://fhir.cerner.com/${tenant}/codeSet/14249|24477901;Office visit;30`,
          `https://fhir.cerner.com/${tenant}/codeSet/14249|24477902;Physical exam;60`,
        ].join(', '),
      },
    },
    caller: { family: 'Abernathy', given: 'Nora', birthDate: '1988-04-12' },
    rival: { family: 'Ruiz', given: 'Mateo', birthDate: '1979-09-30' },
    visitType: 'office-visit',
    changes: true,
  },
];
