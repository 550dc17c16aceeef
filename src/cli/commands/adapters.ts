import { adapters as installed } from '#adapters';
import { type Command, openCommand } from '../command.ts';
import { table } from '../layout.ts';

export const adapterCommands: readonly Command[] = [
  openCommand({
    name: 'adapters',
    help: 'Lists the adapters that are installed and what each can do',
    async run({ environment }) {
      const adapters = environment.world?.adapters ?? installed;
      const rows = adapters.map(({ id, title, capabilities: can }) => [
        id,
        title,
        can.find,
        can.hold,
        can.book,
        can.reschedule,
        can.cancel,
        can.matchPatient,
        can.createPatient,
        can.bookingClass,
        can.marker === 'none' ? undefined : can.marker.field,
        can.quietSeconds,
      ]);
      const headings = [
        ...['adapter', 'emr', 'find', 'hold', 'book', 'move', 'cancel', 'match', 'create'],
        ...['class', 'marker', 'quiet seconds'],
      ];
      const json = adapters.map(({ id, title, authorization, capabilities: { refusals: _, ...can } }) => ({
        id,
        title,
        authorization: authorization.kind,
        capabilities: can,
      }));
      return { text: table(headings, rows, 'No adapter is installed.'), json };
    },
  }),
];
