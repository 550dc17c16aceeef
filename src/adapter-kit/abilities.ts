import type { Adapter, Operations } from './adapter.ts';
import { unsupported } from './unsupported.ts';

/** `with settings`: not until the connection's settings are there, or its probe has learned it. */
export type Ability = 'yes' | 'no' | 'with settings';

/** What an EMR can do by its adapter, as people compare it with others. */
export interface Abilities {
  readonly id: string;
  readonly title: string;
  /** How a practice lets it in. */
  readonly by: 'key' | 'consent';
  readonly find: Ability;
  readonly hold: 'gateway' | 'native';
  readonly book: Ability;
  readonly move: Ability;
  readonly cancel: Ability;
  readonly match: Ability;
  readonly create: Ability;
  readonly bookingClass: string;
  /** Field that carries the booking's marker; undefined where the EMR has none. */
  readonly marker: string | undefined;
  readonly quietSeconds: number;
  /** How the gateway hears what changed. */
  readonly changes: 'calls' | 'asked' | 'no';
}

/** What is declared is what a connection can do that nobody has set anything for. */
export function abilitiesOf(adapter: Adapter): Abilities {
  const { id, title, authorization, capabilities: can, webhooks } = adapter;
  const able = (operation: keyof Operations, isDeclared: boolean) =>
    abilityOf(adapter, operation, isDeclared);
  return {
    id,
    title,
    by: authorization.kind === 'api-key' ? 'key' : 'consent',
    find: able('openings', can.find),
    hold: can.hold,
    book: able('book', can.book),
    move: able('move', can.reschedule !== 'unsupported'),
    cancel: able('cancel', can.cancel),
    match: able('matchPatients', can.matchPatient),
    create: able('createPatient', can.createPatient),
    bookingClass: can.bookingClass,
    marker: can.marker === 'none' ? undefined : can.marker.field,
    quietSeconds: can.quietSeconds,
    changes: webhooks !== undefined ? 'calls' : can.changes !== undefined ? 'asked' : 'no',
  };
}

/** The abilities of several adapters as a table in Markdown. */
export function abilityTable(adapters: readonly Adapter[]): string {
  const rows = adapters
    .map(abilitiesOf)
    .map((one) => [
      `${one.title} (\`${one.id}\`)`,
      ...[one.by, one.find, one.book, one.move, one.cancel, one.match, one.create, one.hold],
      ...[one.bookingClass, one.marker ?? 'none', `${one.quietSeconds} s`, one.changes],
    ]);
  const headings = [
    ...['EMR', 'Let in by', 'Find', 'Book', 'Move', 'Cancel', 'Match', 'Create patient', 'Hold kept by'],
    ...['Class', 'Marker in', 'Quiet period', 'Changes'],
  ];
  return [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** An ability that is not declared comes with the settings, where there is an operation for it all the same. */
function abilityOf(
  { operations, capabilitiesWith }: Adapter,
  operation: keyof Operations,
  isDeclared: boolean,
): Ability {
  if (isDeclared) return 'yes';
  return capabilitiesWith === undefined || operations[operation] === unsupported ? 'no' : 'with settings';
}
