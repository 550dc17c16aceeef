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
  /** Keys that the simulator takes. They open nothing but a simulator on this machine. */
  readonly keys: { readonly developerKey: string; readonly customerKey: string };
  /** Two of the office's invented patients, who have no appointments: who calls, and who calls for the same time. */
  readonly caller: DemoPerson;
  readonly rival: DemoPerson;
  /** Visit type that is meant when a caller names none, and that the story books. */
  readonly visitType: string;
}

export interface DemoPerson {
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd */
  readonly birthDate: string;
}

const openDental = {
  emr: 'open-dental',
  emrTitle: 'Open Dental',
  apiPath: '/api/v1',
  file: fileURLToPath(new URL('../../adapters/open-dental/simulator/main.ts', import.meta.url)),
};

/** Two dental practices, one of them in a zone without summer time; both EMRs number their patients from 3001. */
export const demoOffices: readonly DemoOffice[] = [
  {
    ...openDental,
    name: 'Cedar Dental',
    timeZone: 'America/Denver',
    phone: '+1 303 555 0100',
    simulator: { file: openDental.file, office: 'cedar' },
    keys: { developerKey: 'demo-developer-key', customerKey: 'demo-key-of-cedar' },
    caller: { family: 'Okafor', given: 'Ada', birthDate: '1990-11-02' },
    rival: { family: 'Lindqvist', given: 'Tomas', birthDate: '1978-03-19' },
    visitType: 'check-up-30',
  },
  {
    ...openDental,
    name: 'Saguaro Smiles',
    timeZone: 'America/Phoenix',
    phone: '+1 602 555 0100',
    simulator: { file: openDental.file, office: 'saguaro' },
    keys: { developerKey: 'demo-developer-key', customerKey: 'demo-key-of-saguaro' },
    caller: { family: 'Brennan', given: 'Ruth', birthDate: '1969-04-27' },
    rival: { family: 'Iyer', given: 'Kiran', birthDate: '1988-01-05' },
    visitType: 'exam',
  },
];
