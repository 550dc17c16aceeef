import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { conformance } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { openDental } from '../index.ts';

const [developerKey, customerKey] = ['conformance-developer', 'conformance-customer'];

conformance(
  openDental,
  simulatedEmr({
    adapter: openDental,
    main: resolve(import.meta.dirname, '../simulator/main.ts'),
    arguments: ['--throttle=off', `--developer-key=${developerKey}`, `--customer-key=${customerKey}`],
    credentials: { authorization: `ODFHIR ${developerKey}/${customerKey}` },
    minutes: 30,
    inspect: (requests) => {
      assert.ok(requests.length > 0);
      const templates = new Set(
        Object.values(openDental.routes).map(({ method, template }) => `${method} /api/v1${template}`),
      );
      for (const { method, path } of requests) {
        const template = `${method} ${path.replaceAll(/\/\d+(?=\/|$)/g, '/{AptNum}')}`;
        assert.ok(templates.has(template), `${template} is not of the route table.`);
      }
    },
  }),
);
