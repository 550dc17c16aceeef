import { bursts } from './bursts.ts';
import { type Figure, figure } from './figure.ts';
import type { Stage } from './stage.ts';

/** Tokens by client credentials, beside bare Express sending an answer of that size. For information. */
export async function tokens(stage: Stage): Promise<Figure[]> {
  const ask = {
    method: 'POST',
    headers: { authorization: stage.basic, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  };
  await stage.bare.ask('send', { body: 'x'.repeat(1_200) });
  const pairs = await bursts(
    stage,
    { gateway: { ...ask, url: `${stage.url}/oauth/token` }, bare: { ...ask, url: stage.bareUrl } },
    { connections: 4, seconds: 1, slices: 3 },
  );
  return [
    figure(
      'Tokens, 4 connections',
      'per second',
      pairs.map(([gateway, bare]) => [gateway.perSecond, bare.perSecond]),
      'ratio',
    ),
  ];
}
