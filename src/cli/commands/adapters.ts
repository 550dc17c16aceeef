import type { Adapter, Operations } from '#adapter-kit/adapter.ts';
import { unsupported } from '#adapter-kit/unsupported.ts';
import { adapters as installed } from '#adapters';
import { type Command, openCommand } from '../command.ts';
import { type Cell, table } from '../layout.ts';

export const adapterCommands: readonly Command[] = [
  openCommand({
    name: 'adapters',
    help: 'Lists the adapters that are installed, how a practice lets them in, and what each can do',
    async run({ environment }) {
      const adapters = environment.world?.adapters ?? installed;
      const rows = adapters.map((adapter) => {
        const { id, title, capabilities: can } = adapter;
        const able = abilityOf(adapter);
        return [
          id,
          title,
          wayIn(adapter),
          able('openings', can.find),
          can.hold,
          able('book', can.book),
          able('move', can.reschedule !== 'unsupported'),
          able('cancel', can.cancel),
          able('matchPatients', can.matchPatient),
          able('createPatient', can.createPatient),
          can.bookingClass,
          can.marker === 'none' ? undefined : can.marker.field,
          can.quietSeconds,
        ];
      });
      const headings = [
        ...['adapter', 'emr', 'by', 'find', 'hold', 'book', 'move', 'cancel', 'match', 'create'],
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

function wayIn({ authorization }: Adapter): string {
  return authorization.kind === 'api-key' ? 'key' : 'consent';
}

/**
 * What is declared is what a connection can do that nobody has set anything for. An ability that it lacks comes with the
 * settings, or with what the probe learns, where the adapter has an operation for it all the same.
 */
function abilityOf({ operations, capabilitiesWith }: Adapter) {
  return (operation: keyof Operations, can: boolean): Cell =>
    can || capabilitiesWith === undefined || operations[operation] === unsupported ? can : 'with settings';
}
