import {
  type AdapterContext,
  type Demographics,
  Failure,
  type VendorPatient,
  WireFailure,
} from '#adapter-kit/index.ts';
import { clientOf, createdId, Found, whole } from './client.ts';
import type { FhirDialect } from './dialect.ts';
import { isPerson, toNewPatient, toPatient, toPerson } from './map/patient.ts';
import type { Page } from './wire/bundle.ts';

/** The server looks for the beginning of names; equal names are picked here. */
export async function matchPatients(
  dialect: FhirDialect,
  ctx: AdapterContext,
  demographics: Demographics,
): Promise<readonly VendorPatient[]> {
  if (!dialect.can(dialect.settings.parse(ctx.settings)).matchPatient)
    throw new Failure('capability-missing');
  const person = toPerson(demographics);
  const params = dialect.queries.patients(person);
  const post = dialect.patientSearch === 'post';
  const { body } = await clientOf(dialect, ctx).search<Page>('Patient', params, { post });
  const page = whole(body, 'searchPatients');
  // Fifty people of one name, born on one day, are no answer; and the link to more would have their names in it.
  if (page.link.some(({ relation }) => relation === 'next'))
    throw new WireFailure('unknown', 'searchPatients', { reason: 'too-many' });
  const found = new Found();
  found.add(page);
  return found
    .of('Patient')
    .filter((wire) => isPerson(wire, person))
    .map(toPatient);
}

export async function createPatient(
  dialect: FhirDialect,
  ctx: AdapterContext,
  person: Demographics,
): Promise<{ readonly id: string }> {
  if (!dialect.can(dialect.settings.parse(ctx.settings)).createPatient)
    throw new Failure('capability-missing');
  const { location } = await clientOf(dialect, ctx).create(toNewPatient(person));
  return { id: createdId('Patient', location, 'createPatient') };
}
