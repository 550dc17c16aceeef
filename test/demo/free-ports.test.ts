import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { requireFreePorts } from '../../src/demo/free-ports.ts';

const host = '127.0.0.1';

describe('the ports of a start', () => {
  test('that are taken are named, each with the setting that changes it', async () => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await assert.rejects(
      requireFreePorts([
        { variable: 'PORT', host, port },
        { variable: 'OPERATOR_PORT', host, port },
      ]),
      ({ message }: Error) => {
        assert.match(message, new RegExp(`Port ${port} is taken: set PORT to a free one`));
        assert.match(message, new RegExp(`Port ${port} is taken: set OPERATOR_PORT to a free one`));
        return true;
      },
    );
    server.close();
    await once(server, 'close');
    await requireFreePorts([{ variable: 'PORT', host, port }]);
  });

  test('may be left to chance', () => requireFreePorts([{ variable: 'PORT', host, port: 0 }]));

  test('of an address that is not ours cannot be used', async () => {
    const elsewhere = { variable: 'PORT', host: '192.0.2.1', port: 0 };
    await assert.rejects(requireFreePorts([elsewhere]), /192\.0\.2\.1 cannot be used \(EADDRNOTAVAIL\)/);
  });
});
