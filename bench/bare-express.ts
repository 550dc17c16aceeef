import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { usage } from './bursts.ts';
import { answer } from './child.ts';

/** The baseline: an Express handler that does nothing but send the bytes it was given. */
let bytes = Buffer.from('{}');
const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.all('/bytes', (_request, response) => {
  response.type('application/fhir+json').send(bytes);
});

const server = createServer(app).listen(0, '127.0.0.1');
await once(server, 'listening');
answer({
  send: ({ body }: { body: string }) => {
    bytes = Buffer.from(body);
  },
  usage,
});
const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
process.send?.({ ready: true, url: `http://127.0.0.1:${port}/bytes` });
