import { abilitiesOf } from '#adapter-kit/abilities.ts';
import type { Adapter } from '#adapter-kit/adapter.ts';
import { adapters as builtIn } from '#adapters';
import { ConfigError } from '#config';
import { type Command, type Environment, type Io, openCommand } from '../command.ts';
import { installedIn } from '../installed.ts';
import { table } from '../layout.ts';

export const adapterCommands: readonly Command[] = [
  openCommand({
    name: 'adapters',
    help: 'Lists the adapters that are installed, how a practice lets them in, and what each can do',
    async run({ environment, io }) {
      const adapters = await listable(environment, io);
      const rows = adapters
        .map(abilitiesOf)
        .map((one) => [
          ...[one.id, one.title, one.by, one.find, one.hold, one.book, one.move, one.cancel],
          ...[one.match, one.create, one.bookingClass, one.marker, one.quietSeconds],
        ]);
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

/** All that are installed; of a gateway whose settings are wrong those that are built in, because nothing else is known. */
async function listable(environment: Environment, io: Io): Promise<readonly Adapter[]> {
  try {
    return (await installedIn(environment)).adapters;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.complain('The settings are wrong, so only the adapters that are built in are listed.\n');
    return builtIn;
  }
}
