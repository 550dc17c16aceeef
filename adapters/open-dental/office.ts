import type { AdapterContext } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { settingsOf } from './settings.ts';
import type { DefinitionRow, OperatoryRow, ProviderRow } from './wire.ts';

/** What of an office moves slowly: chairs and providers who can be booked, kinds of blockout, the grid. */
export interface Office {
  readonly operatories: ReadonlyMap<number, OperatoryRow>;
  readonly providers: ReadonlyMap<number, ProviderRow>;
  readonly blockoutTypes: ReadonlyMap<number, DefinitionRow>;
  /** AppointmentTypeNum → names or numbers of the only blockouts it may go into; without an entry there is no such rule. */
  readonly allowedBlockouts: ReadonlyMap<number, ReadonlySet<string>>;
  readonly gridMinutes: number;
}

/** Requests are scarce (one a second), so these are kept for five minutes. */
const keepMs = 5 * 60_000;

/** @param withTypes read the appointment types too, which only a visit of such a type needs */
export async function readOffice(ctx: AdapterContext, withTypes: boolean): Promise<Office> {
  const { http, memo } = ctx;
  const settings = settingsOf(ctx);
  const operatories = await readOperatories(ctx);
  const providers = await memo('providers', keepMs, () => client.providers(http));
  const blockoutTypes = await memo('blockout-types', keepMs, () => client.blockoutTypes(http));
  const types = withTypes ? await memo('appointment-types', keepMs, () => client.appointmentTypes(http)) : [];
  const grid = settings.gridMinutes || (await memo('grid', keepMs, async () => readGrid(ctx)));
  const chairs = operatories.filter(
    (op) => !op.IsHidden && (settings.clinicNum === 0 || op.ClinicNum === settings.clinicNum),
  );
  return {
    operatories: new Map(chairs.map((op) => [op.OperatoryNum, op])),
    providers: new Map(
      providers.filter((row) => isBookable(row, operatories)).map((row) => [row.ProvNum, row]),
    ),
    blockoutTypes: new Map(blockoutTypes.map((row) => [row.DefNum, row])),
    allowedBlockouts: new Map(
      types
        .filter((row) => row.BlockoutTypes !== '')
        .map((row) => [
          row.AppointmentTypeNum,
          new Set(row.BlockoutTypes.split(',').map((name) => name.trim())),
        ]),
    ),
    gridMinutes: grid,
  };
}

/** Chairs, hidden ones included. */
export function readOperatories({ http, memo }: AdapterContext): Promise<readonly OperatoryRow[]> {
  return memo('operatories', keepMs, () => client.operatories(http));
}

/** A placeholder that is no person can be booked only where a chair names it as its own. */
export function isBookable(row: ProviderRow, operatories: readonly OperatoryRow[]): boolean {
  if (row.IsHidden || row.ProvStatus === 'Deleted') return false;
  if (!row.IsNotPerson) return true;
  return operatories.some(
    (op) => !op.IsHidden && (op.ProvDentist === row.ProvNum || op.ProvHygienist === row.ProvNum),
  );
}

/** The office's own grid, 5, 10 or 15 minutes; 10 where it cannot be read. */
async function readGrid({ http }: AdapterContext): Promise<number> {
  const minutes = Number(await client.preference(http, 'AppointmentTimeIncrement'));
  return [5, 10, 15].includes(minutes) ? minutes : 10;
}
