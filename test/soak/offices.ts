import type { Core } from '#app';
import type { Caller } from '#scheduling/caller.ts';
import { changeConnectionSettings, probeConnection } from '#scheduling/connections.ts';
import { listConnections } from '#store/connections.ts';
import { connectByKey } from '#test/processes.ts';
import { DEMO_KEY } from '../../adapters/open-dental/simulator/start-office.ts';
import { connectByConsent } from '../../src/demo/consent.ts';
import { type DemoOffice, demoOffices } from '../../src/demo/offices.ts';
import type { Fault } from './faults.ts';

/** How an EMR meets a second booking of one time, as `Capabilities` of the adapter kit names it. */
export type BookingClass = 'A' | 'B' | 'C' | 'D' | 'E' | 'F';

/** What the practice's EMR lets us do. What it does not is left to people. */
export interface Abilities {
  readonly createPatient: boolean;
  /** `in-place`: the record moves. `linked`: one operation cancels it and writes another one. */
  readonly move: 'in-place' | 'linked' | 'unsupported';
  readonly cancel: boolean;
}

/** A practice of the soak with its simulated EMR. */
export interface SoakOffice {
  readonly name: string;
  readonly bookingClass: BookingClass;
  /** IANA zone. */
  readonly timeZone: string;
  readonly simulator: { readonly file: string; readonly env: Readonly<Record<string, string>> };
  /** Of the simulator: nothing throttles, and two charts of one person are to be seen, not refused. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Connects the practice; a gateway listens at the public address. */
  readonly connect: (core: Core, caller: Caller, simulator: string) => Promise<void>;
  /** Compared with what the adapter declares before anybody phones. */
  readonly can: Abilities;
  /** How many people one practitioner's book takes at one time. */
  readonly atOnce: number;
  /** Whether one place takes one patient at a time: a dentist's chair does, a department does not. */
  readonly placeIsChair: boolean;
  readonly patient: PatientReading;
  /** Beside those of every simulator. */
  readonly ownFaults: readonly Fault[];
}

/** How the EMR itself tells the family name of one patient; the ledger has no names. */
export interface PatientReading {
  readonly path: (id: string) => string;
  readonly headers: Readonly<Record<string, string>>;
  readonly family: (body: unknown) => string | undefined;
}

/** The offices of these classes, in their order. */
export function officesOf(classes: readonly BookingClass[]): readonly SoakOffice[] {
  return soakOffices().filter(({ bookingClass }) => classes.includes(bookingClass));
}

/** Classes that the soak has an office of. */
export function knownClasses(): readonly BookingClass[] {
  return [...new Set(soakOffices().map(({ bookingClass }) => bookingClass))].sort();
}

const everything: Abilities = { createPatient: true, move: 'in-place', cancel: true };

function soakOffices(): readonly SoakOffice[] {
  return [
    athenahealth(),
    drchrono(),
    openDental('cedar'),
    openDental('saguaro'),
    {
      ...byConsent('oracle-health', 'harbor'),
      bookingClass: 'D',
      settings: {},
      can: { ...everything, createPatient: false },
    },
    {
      ...byConsent('epic', 'juniper', { fhirPath: '/api/FHIR/R4' }),
      bookingClass: 'E',
      settings: {},
      // Its FHIR makes nothing but appointments, and changes none.
      can: { createPatient: false, move: 'unsupported', cancel: false },
    },
    {
      // A server whose conditional create somebody has proven.
      ...byConsent('fhir-r4', 'willow', { known: { createPatients: true } }),
      bookingClass: 'F',
      settings: {},
      can: everything,
      ownFaults: [{ name: 'match-missed', rate: 0.02 }],
    },
  ];
}

/** Two of one kind, both of which number their patients from 3001. */
function openDental(office: 'cedar' | 'saguaro'): SoakOffice {
  const { simulator, timeZone } = demoOffice('open-dental', office);
  return {
    name: office,
    bookingClass: 'C',
    timeZone,
    simulator: { file: simulator.file, env: { SIM_OFFICE: office, SIM_THROTTLE: 'off' } },
    settings: { duplicatePatient: 'accept' },
    connect: ({ scheduling }, caller, url) => connectByKey(scheduling, caller, url),
    can: everything,
    atOnce: 1,
    placeIsChair: true,
    patient: openDentalPatient,
    ownFaults: [],
  };
}

/** How Open Dental tells who somebody is. */
export const openDentalPatient: PatientReading = {
  path: (id) => `/api/v1/patients/${id}`,
  headers: {
    authorization: `ODFHIR ${DEMO_KEY.developer}/${DEMO_KEY.customer}`,
    'content-type': 'application/json',
  },
  // As its documentation has it.
  family: (body) => (body as { readonly LName?: string }).LName,
};

/** Good at the simulators alone, for reading the truth. */
const staticToken = 'soak-reads-the-truth';

/**
 * A practice of the demo that consents at its EMR's own page. FHIR tells who somebody is, unless something else is said.
 *
 * @param more.filledIn at its form, beside what the demo fills in; `known` to whoever makes its link
 */
function byConsent(
  emr: string,
  name: string,
  more: {
    readonly fhirPath?: string;
    readonly filledIn?: Readonly<Record<string, string>>;
    readonly known?: Readonly<Record<string, boolean>>;
  } = {},
): Omit<SoakOffice, 'bookingClass' | 'settings' | 'can'> {
  const { fhirPath = '', filledIn, known } = more;
  const office = demoOffice(emr, name);
  const { simulator, timeZone, apiPath } = office;
  if (office.access.kind !== 'consent') throw new Error(`${office.name} does not consent.`);
  const access = {
    ...office.access,
    known: { ...office.access.known, ...known },
    settings: { ...office.access.settings, ...filledIn },
  };
  return {
    name,
    timeZone,
    simulator: { file: simulator.file, env: { ...simulator.env, SIM_STATIC_TOKEN: staticToken } },
    connect: ({ consent }, caller, simulatorUrl) =>
      connectByConsent(consent, caller, { office, access, simulatorUrl, say: () => {} }),
    atOnce: 1,
    placeIsChair: false,
    patient: {
      path: (id) => `${apiPath}${fhirPath}/Patient/${id}`,
      headers: { authorization: `Bearer ${staticToken}`, accept: 'application/fhir+json' },
      // FHIR R4, Patient.name.
      family: (body) =>
        (body as { readonly name?: readonly { readonly family?: string }[] }).name?.[0]?.family,
    },
    ownFaults: [],
  };
}

function demoOffice(emr: string, office: string): DemoOffice {
  const found = demoOffices.find((one) => one.emr === emr && one.simulator.office === office);
  if (found === undefined) throw new Error(`The demo has no office ${office} with ${emr}.`);
  return found;
}

/** Slots are addressed by their id; two of them may lie at one time. */
function athenahealth(): SoakOffice {
  const filledIn = { newPatientDepartment: '12' };
  const office = byConsent('athenahealth', 'lakeside', { filledIn });
  return {
    ...office,
    bookingClass: 'A',
    settings: { tokenCallsPerMinute: 1_000, callsPerDay: 10_000_000, practiceMaxDays: 200 },
    connect: async (core, caller, simulator) => {
      await office.connect(core, caller, simulator);
      await changeSettingsOf(core, caller, { freezeHeldTimes: true });
    },
    can: { ...everything, move: 'linked' },
    atOnce: 2,
    patient: {
      path: (id) => `/v1/195900/patients/${id}`,
      headers: { authorization: `Bearer ${staticToken}` },
      // A list of one for a single record.
      family: (body) => (body as readonly { readonly lastname?: string }[])[0]?.lastname,
    },
    ownFaults: [
      { name: 'conflict-is-ours', rate: 0.02 },
      { name: 'list-lag', rate: 0.02, delayMs: 375 },
    ],
  };
}

/** Refuses what overlaps. Its lists lag as reads of the soak do, for everything is faster there. */
function drchrono(): SoakOffice {
  return {
    ...byConsent('drchrono', 'alder'),
    bookingClass: 'B',
    settings: { hourlyLimit: 0, burstPerSecond: 0, listLagMs: 375 },
    can: everything,
    patient: {
      path: (id) => `/api/patients_summary/${id}`,
      headers: { authorization: `Bearer ${staticToken}` },
      // As its documentation has it.
      family: (body) => (body as { readonly last_name?: string }).last_name,
    },
    ownFaults: [
      { name: 'conflict-is-ours', rate: 0.02 },
      { name: 'list-lag', rate: 0.02, delayMs: 375 },
    ],
  };
}

/** What a practice sets beside what its form has filled in; a probe looks at the server with it. */
async function changeSettingsOf(
  { scheduling, database }: Core,
  caller: Caller,
  changes: Readonly<Record<string, boolean>>,
): Promise<void> {
  const [connection] = await database.withPractice(caller.practiceId, listConnections);
  if (connection === undefined) throw new Error('The practice is not connected.');
  await changeConnectionSettings(scheduling, caller, connection.connectionId, changes);
  await probeConnection(scheduling, caller);
}
