import type { Opening } from '#adapter-kit/index.ts';
import { replay, type Script } from '#adapter-kit/testing/index.ts';
import { fixture } from '../../fhir-r4/test/fixture.ts';
import { oracleHealth } from '../index.ts';

/** A connection as a customer hands it over, and a visit at an invented clinic. */
export const here = import.meta.dirname;
export const tenant = 'https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d';
export const settings = {
  practitioners: '593923',
  locations: '32216049, 21304876',
  serviceTypes: `${tenant}/codeSet/14249|4047611;Surgery Rapid;30`,
};
export const connect = (script: Script, changed = {}) =>
  replay(oracleHealth, script, { settings: { ...settings, ...changed } });
export const query = { from: '2031-03-04T00:00:00-06:00', to: '2031-03-05T00:00:00-06:00', minutes: 30 };
export const opening: Opening = {
  vendorKey: 'slot:4047611-32216049-61518614-0',
  start: '2031-03-04T10:00:00-06:00',
  end: '2031-03-04T10:30:00-06:00',
  minutes: 30,
  practitioner: '593923',
  location: '32216049',
  claims: ['practitioner:593923', 'slot:4047611-32216049-61518614-0'],
};
export const request = { patient: '12724066', opening, marker: 'GW:7K3QX5M2TA.1' };
export const later = {
  ...request,
  opening: { ...opening, vendorKey: 'slot:next-1', claims: ['practitioner:593923', 'slot:next-1'] },
};
export const appointment = { status: 200, body: fixture(here, 'appointment'), etag: 'W/"0"' };
export const changedBody = (changed: object) => ({
  ...appointment,
  body: { ...(appointment.body as object), ...changed },
});
