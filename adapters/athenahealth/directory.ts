import type { AdapterContext, Directory } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { toLocation, toPractitioner, toServices } from './map/directory.ts';
import { practiceOf } from './settings.ts';

/** GET /ping: answered only where the key is good and has access to this practice, and the practice's database is up. */
export async function probe({ http }: AdapterContext): Promise<{ readonly version?: string }> {
  await client.ping(http);
  return {};
}

/** Departments and providers that the practice has named, all while it has not, and its visit types. */
export async function directory(ctx: AdapterContext): Promise<Directory> {
  const { departments, providers, visitTypes } = practiceOf(ctx);
  const isNamed = (named: readonly string[], id: string) => named.length === 0 || named.includes(id);
  const places = await client.departments(ctx.http);
  const people = await client.providers(ctx.http);
  return {
    locations: places.filter((row) => isNamed(departments, row.departmentid)).map(toLocation),
    practitioners: people.filter((row) => isNamed(providers, row.providerid)).map(toPractitioner),
    services: toServices(visitTypes),
  };
}
