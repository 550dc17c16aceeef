import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { capabilitiesOf } from '#adapter-kit/index.ts';
import { conformance } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { epic } from '../index.ts';
import { demoPatients } from '../simulator/demo-patients.ts';
import { unneededRoutes, waivers } from './exemptions.ts';

const root = '/interconnect-fhir-oauth';
const token = 'conformance-token';
/** The simulated practice, as it would tell us who, where and for what. */
const settings = {
  environment: '0.1',
  practitioners: 'eeus-tcMi272KuIpv.8EuRy3, evEsMCybhD634G1K.W4ctEL3',
  locations: 'exl2nmjQsNcRS7FxCpnfL6F3, epZ5sgy8jxYYwpPabyzZ-c03',
  serviceTypes: '1004;Office Visit;30, 1003;New Patient;40',
};
const [patient] = demoPatients.juniper;
assert.ok(patient);

conformance(
  { ...epic, capabilities: capabilitiesOf(epic, settings) },
  simulatedEmr({
    adapter: epic,
    main: resolve(import.meta.dirname, '../simulator/main.ts'),
    arguments: [`--static-token=${token}`],
    credentials: { authorization: `Bearer ${token}` },
    minutes: 30,
    settings,
    patient: { id: patient.id, demographics: patient },
    waivers,
    unneededRoutes,
    inspect: (requests) => {
      assert.ok(requests.length > 0);
      const templates = new Set(
        Object.values(epic.routes).map(({ method, template }) => `${method} ${root}${template}`),
      );
      for (const { method, path } of requests) {
        const template = `${method} ${path.replace(/(\/(?:Appointment|Practitioner|Location))\/(?!\$)[^/]+$/, '$1/{id}')}`;
        assert.ok(templates.has(template), `${template} is not of the route table.`);
      }
    },
  }),
);
