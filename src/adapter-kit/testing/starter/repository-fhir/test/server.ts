import { fhirServer } from '#adapter-kit/testing/fhir-server.ts';
import { starter } from '../index.ts';

/**
 * The EMR that the conformance cases play against: a FHIR R4 server with slots that does what FHIR says. Put what the
 * vendor does otherwise into `amend`, from the vendor's pages and not from the dialect.
 */
export const server = fhirServer({
  routes: starter.routes,
  // Visits that are longer than a slot take several of them here.
  settings: { joinSlots: true },
  amend: (_request, answer) => answer,
});
