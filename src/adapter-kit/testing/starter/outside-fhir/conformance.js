import createAdapter from './index.js';

/** @typedef {import('postern/test-kit').TestKit} TestKit */

/**
 * The EMR that `npm run adapter:check` plays against: a FHIR R4 server with slots that does what FHIR says. Put what the
 * vendor does otherwise into `amend`, from the vendor's pages and not from your dialect.
 *
 * @param {TestKit} kit
 */
export default (kit) =>
  kit.testing.fhirServer({
    routes: createAdapter(kit).routes,
    // Visits that are longer than a slot take several of them here.
    settings: { joinSlots: true },
    amend: (_request, answer) => answer,
  });
