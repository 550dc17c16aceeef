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
  readonly simulator: {
    readonly file: string;
    readonly office: string;
    /** What it is told beside what all are. */
    readonly env?: Readonly<Record<string, string>>;
  };
  readonly access: DemoAccess;
  /** Two of the office's invented patients, who have no appointments: who calls, and who calls for the same time. */
  readonly caller: DemoPerson;
  readonly rival: DemoPerson;
  /** Visit type that is meant when a caller names none, and that the story books. */
  readonly visitType: string;
  /**
   * What becomes of an appointment that is moved: the same one at another time, or another one in its place. `people`:
   * its EMR lets us neither move nor cancel, and both are left to the office.
   */
  readonly moves: 'in-place' | 'linked' | 'people';
}

/** How the practice lets us in. What opens a demo office opens nothing but a simulator on this machine. */
export type DemoAccess =
  | { readonly kind: 'key'; readonly keys: { readonly developerKey: string; readonly customerKey: string } }
  | {
      readonly kind: 'consent';
      /** Our registration at its authorization server. */
      readonly context: string;
      readonly clientId: string;
      readonly clientAuthentication: 'private_key_jwt' | 'client_secret_basic' | 'client_secret_post';
      /** How its scopes are spelled. */
      readonly scopeDialect: 'v2' | 'plain';
      /** What we know of its EMR before anybody is asked. */
      readonly known?: Readonly<Record<string, string | boolean>>;
      /** What the practice fills in beside consenting: ids that its EMR does not tell. */
      readonly settings: Readonly<Record<string, string>>;
      /** Calls in a window of its EMR's count that were agreed on with its vendor, where the usual ones are few. */
      readonly agreedCalls?: number;
      /** Its EMR may want more than scheduling before it shows its schedule; then somebody there accepts that, on record. */
      readonly acceptsWider?: true;
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

/** What the operator of the demo has agreed on with DrChrono. */
const agreedCalls = 5_000;

/** The tenant of Oracle Health's public sandbox. */
const tenant = 'ec2458f2-1e24-41c8-b71b-0e701af7583d';

/**
 * Two dental practices, one of them in a zone without summer time, both of whose EMRs number their patients from 3001;
 * and one of each other EMR, which consent at their EMR's own page.
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
    moves: 'in-place',
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
    moves: 'in-place',
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
      scopeDialect: 'v2',
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
    moves: 'people',
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
      scopeDialect: 'v2',
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
    moves: 'in-place',
  },
  {
    emr: 'fhir-r4',
    emrTitle: 'FHIR R4 EMR',
    apiPath: '/fhir',
    name: 'Willow Creek Health',
    timeZone: 'America/Anchorage',
    phone: '+1 907 555 0100',
    simulator: { file: simulatorOf('fhir-r4'), office: 'willow' },
    access: {
      kind: 'consent',
      context: 'willow-fhir',
      clientId: 'demo-client-of-willow',
      clientAuthentication: 'private_key_jwt',
      scopeDialect: 'v2',
      // Two creates under one condition make one appointment there, one after another as requests are.
      known: { conditionalCreateProven: true },
      settings: {},
    },
    caller: { family: 'Thornbury', given: 'Elise', birthDate: '1986-05-17' },
    rival: { family: 'Achterberg', given: 'Davit', birthDate: '1974-08-09' },
    visitType: 'office-visit',
    moves: 'in-place',
  },
  {
    emr: 'athenahealth',
    emrTitle: 'athenahealth',
    apiPath: '/v1/195900',
    name: 'Lakeside Clinic',
    timeZone: 'America/Los_Angeles',
    phone: '+1 206 555 0100',
    // Of tokens the vendor's sandbox gives five a minute, which are used up when somebody starts twice.
    simulator: {
      file: simulatorOf('athenahealth'),
      office: 'lakeside',
      env: { SIM_ENVIRONMENT: 'production' },
    },
    access: {
      kind: 'consent',
      context: 'lakeside-athena',
      clientId: 'demo-client-of-lakeside',
      clientAuthentication: 'client_secret_basic',
      scopeDialect: 'plain',
      settings: {
        departments: '12, 14',
        providers: '71, 72, 73',
        visitTypes: 'reason:962;Office Visit;15, reason:963;Follow-up;30',
      },
    },
    caller: { family: 'Vasquez', given: 'Orrin', birthDate: '1974-11-30' },
    rival: { family: 'Brannock', given: 'Ottilie', birthDate: '1991-02-17' },
    visitType: 'office-visit',
    moves: 'linked',
  },
  {
    emr: 'drchrono',
    emrTitle: 'DrChrono',
    apiPath: '/api',
    name: 'Alder Creek Family Medicine',
    timeZone: 'America/Los_Angeles',
    phone: '+1 503 555 0100',
    // The usual five hundred an hour are used up when somebody plays the story ten times.
    simulator: {
      file: simulatorOf('drchrono'),
      office: 'alder',
      env: { SIM_SETTINGS: JSON.stringify({ hourlyLimit: agreedCalls }) },
    },
    access: {
      kind: 'consent',
      context: 'alder-drchrono',
      clientId: 'demo-client-of-alder',
      clientAuthentication: 'client_secret_post',
      scopeDialect: 'plain',
      agreedCalls,
      settings: {},
      acceptsWider: true,
    },
    caller: { family: 'Moreno', given: 'Ada', birthDate: '1984-02-11' },
    rival: { family: 'Thorne', given: 'Caspian', birthDate: '1991-07-23' },
    visitType: 'follow-up-okafor',
    moves: 'in-place',
  },
];
