import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { conformance } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { oracleHealth } from '../index.ts';
import { waivers } from './waivers.ts';

const token = 'conformance-token';
const ownTypes = 'https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/codeSet/14249';

conformance(
  oracleHealth,
  simulatedEmr({
    adapter: oracleHealth,
    main: resolve(import.meta.dirname, '../simulator/main.ts'),
    arguments: [`--static-token=${token}`],
    credentials: { authorization: `Bearer ${token}` },
    settings: {
      practitioners: '4464007, 4464008',
      locations: '21300417, 32200649',
      serviceTypes: `${ownTypes}|24477901;Office visit;30, ${ownTypes}|24477902;Physical exam;60`,
    },
    minutes: 30,
    patient: {
      id: '13000101',
      demographics: { family: 'Abernathy', given: 'Nora', birthDate: '1988-04-12' },
    },
    waivers,
    inspect: (requests) => assert.ok(requests.length > 0),
  }),
);
