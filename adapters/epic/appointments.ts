import { type AdapterContext, type VendorAppointment, type Window, WireFailure } from '#adapter-kit/index.ts';
import { createFhirOperations } from '../fhir-r4/index.ts';
import { dialect } from './dialect.ts';
import { coded, codes } from './map/issue.ts';

const fhir = createFhirOperations(dialect);
const mostTries = 3;

/** A search whose paging session expires between two pages starts over. */
export async function appointmentsOf(
  ctx: AdapterContext,
  patient: string,
  window: Window,
): Promise<readonly VendorAppointment[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await fhir.appointmentsOf(ctx, patient, window);
    } catch (error) {
      if (tries === mostTries || !isExpired(error)) throw error;
    }
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof WireFailure && error.text?.matches(coded(codes.pagingSessionExpired)) === true;
}
