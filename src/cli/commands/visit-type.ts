import {
  makeDefaultVisitType,
  removeVisitType,
  reviewVisitTypes,
  setVisitType,
} from '#scheduling/visit-types.ts';
import type { VisitType } from '#store/visit-types.ts';
import { type Answer, type Command, practiceCommand } from '../command.ts';
import { table } from '../layout.ts';
import { integerOf } from '../typed.ts';
import { typedLine } from '../typed-line.ts';

const which = {
  code: {
    value: 'CODE',
    required: true,
    help: `${typedLine('visit-type list --practice ID')} names them`,
  },
} as const;

export const visitTypeCommands: readonly Command[] = [
  practiceCommand({
    name: 'visit-type list',
    help: 'Lists what a practice lets agents book',
    run: async ({ on, caller }) => shown(await reviewVisitTypes(on, caller)),
  }),
  practiceCommand({
    name: 'visit-type set',
    help: 'Changes a visit type, or adds one',
    arguments: which,
    options: {
      display: { value: 'WORDS', help: 'as agents say it; needed for a new one' },
      minutes: { value: 'N', help: 'how long it lasts, 5 to 540; needed for a new one' },
      'vendor-ref': { value: 'ID', help: 'the type in the EMR' },
      practitioner: {
        value: 'ID',
        many: true,
        help: 'who does it, ids of the directory; all when never given',
      },
      location: { value: 'ID', many: true, help: 'where it is done, ids of the directory' },
      'any-practitioner': { help: 'all practitioners do it' },
      'any-location': { help: 'it is done everywhere' },
      patients: { choices: ['any', 'new', 'existing'], help: 'who may book it' },
      mode: { choices: ['direct', 'approval', 'off'], help: 'booked, put into the queue, or refused' },
    },
    async run({ on, caller }, { code, display, minutes, patients, mode, practitioner, location, ...rest }) {
      const practitioners = rest['any-practitioner'] ? [] : practitioner;
      const locations = rest['any-location'] ? [] : location;
      const type = await setVisitType(on, caller, code, {
        ...(display !== undefined && { display }),
        ...(minutes !== undefined && { minutes: integerOf('minutes', minutes) }),
        ...(rest['vendor-ref'] !== undefined && { vendorRef: rest['vendor-ref'] }),
        ...(practitioners !== undefined && { practitioners }),
        ...(locations !== undefined && { locations }),
        ...(patients !== undefined && { patients }),
        ...(mode !== undefined && { mode }),
      });
      return shown([type]);
    },
  }),
  practiceCommand({
    name: 'visit-type off',
    help: 'Lets agents book a visit type no more',
    arguments: which,
    run: async ({ on, caller }, { code }) => shown([await setVisitType(on, caller, code, { mode: 'off' })]),
  }),
  practiceCommand({
    name: 'visit-type default',
    help: 'Makes a visit type the one that searches without a type look for',
    arguments: which,
    run: async ({ on, caller }, { code }) => shown([await makeDefaultVisitType(on, caller, code)]),
  }),
  practiceCommand({
    name: 'visit-type remove',
    help: 'Removes a visit type',
    arguments: which,
    async run({ on, caller }, { code }) {
      const type = await removeVisitType(on, caller, code);
      return { text: `Visit type ${type.code} is removed.`, json: { code: type.code, removed: true } };
    },
  }),
];

function shown(types: readonly VisitType[]): Answer {
  const rows = types.map((one) => [
    one.code,
    one.display,
    one.minutes,
    one.patients,
    one.mode,
    one.isDefault,
    one.practitioners.length === 0 ? 'all' : one.practitioners.join(' '),
    one.locations.length === 0 ? 'all' : one.locations.join(' '),
    one.vendorRef,
  ]);
  const headings = [
    'code',
    'display',
    'minutes',
    'patients',
    'mode',
    'default',
    'practitioners',
    'locations',
    'in the emr',
  ];
  return { text: table(headings, rows, 'This practice has no visit type.'), json: types };
}
