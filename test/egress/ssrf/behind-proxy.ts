import { connect } from 'node:net';
import { createWall } from '#egress/index.ts';
import { callerAt } from './clients.ts';
import { publicAddress } from './names.ts';
import { legalBase, routes } from './range.ts';

/**
 * A process of its own, because the platform looks at proxies as it starts. Asks a legal host through the wall;
 * `proxies.test.ts` starts it.
 */
const { port, ca }: { port: number; ca: string } = JSON.parse(process.argv[2] ?? '');
const wall = createWall({
  production: true,
  ca,
  lookup: async () => [publicAddress],
  dial: () => connect(port, '127.0.0.1'),
});
const site = wall.site({ base: legalBase, kind: 'vendor', routes, credentialHeaders: [] });
await (await wall.fetch(site)(`${legalBase}/appointments/7`)).text();
await callerAt(wall, site).call('read', { path: { id: 7 } });
await callerAt(wall, site).call('write', { body: { note: '' } });
await wall.close();
