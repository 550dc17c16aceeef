import type { AdapterContext, Directory } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { toLocation, toPractitioner, toServices } from './map/directory.ts';

/** The program's version: an answer without patient data that needs both keys and a running eConnector. */
export async function probe({ http }: AdapterContext): Promise<{ readonly version?: string }> {
  const version = await client.preference(http, 'ProgramVersion');
  return version === undefined ? {} : { version };
}

/** Read anew each time it is asked for; searches keep a copy of their own for minutes. */
export async function directory({ http }: AdapterContext): Promise<Directory> {
  const operatories = await client.operatories(http);
  const providers = await client.providers(http);
  const isOwnOfChair = (num: number) =>
    operatories.some((op) => op.ProvDentist === num || op.ProvHygienist === num);
  return {
    practitioners: providers
      .filter((row) => !row.IsNotPerson || isOwnOfChair(row.ProvNum))
      .map(toPractitioner),
    locations: operatories.map(toLocation),
    services: toServices(await client.appointmentTypes(http)),
  };
}
