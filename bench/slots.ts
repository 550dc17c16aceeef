import { bursts, type Usage } from './bursts.ts';
import { type Figure, figure } from './figure.ts';
import type { Stage } from './stage.ts';

const day = 86_400_000;

/** `GET Slot`, a page of 50 of two weeks, beside a bare Express handler that sends the very same bytes. */
export async function slotSearch(stage: Stage, connections: number, seconds: number): Promise<Figure[]> {
  const start = (ahead: number) => new Date(Date.now() + ahead * day).toISOString().slice(0, 10);
  const url = `${stage.url}/fhir/R4/Slot?start=ge${start(1)}&start=lt${start(15)}&_count=50`;
  const headers = { authorization: `Bearer ${await stage.token()}`, accept: 'application/fhir+json' };
  const page = await fetch(url, { headers });
  const body = await page.text();
  const bundle: { entry?: unknown[] } = JSON.parse(body);
  if (page.status !== 200 || bundle.entry?.length !== 50)
    throw new Error(`A page of 50 slots was expected: ${page.status}, ${bundle.entry?.length ?? 0} entries.`);
  await stage.bare.ask('send', { body });

  const slices = 6;
  const ask = { method: 'GET', headers, body: '' };
  const pairs = await bursts(
    stage,
    { gateway: { ...ask, url }, bare: { ...ask, url: stage.bareUrl } },
    { connections, seconds: seconds / slices / 2, slices },
  );
  const answers = pairs.reduce((sum, [gateway]) => sum + gateway.answers, 0);
  const [memory, bareMemory] = await Promise.all([
    stage.gateway.ask<Usage>('usage'),
    stage.bare.ask<Usage>('usage'),
  ]);
  const mega = 1024 * 1024;
  return [
    figure(
      `Slot search, ${connections} connections, ${(body.length / 1024).toFixed(0)} KB`,
      'per second',
      pairs.map(([gateway, bare]) => [gateway.perSecond, bare.perSecond]),
      'ratio',
      { text: '≥ × 0.50', met: (_, ratio) => ratio >= 0.5 },
    ),
    figure(
      '  p50',
      'ms',
      pairs.map(([gateway, bare]) => [gateway.latency.p50, bare.latency.p50]),
      'ratio',
    ),
    figure(
      '  p99',
      'ms',
      pairs.map(([gateway, bare]) => [gateway.latency.p99, bare.latency.p99]),
      'ratio',
      { text: '≤ 50 ms', met: (p99) => p99 <= 50 },
    ),
    figure(
      '  processor time of one',
      'ms',
      pairs.map(([gateway, bare]) => [gateway.processor, bare.processor]),
      'ratio',
    ),
    figure(
      `Resident after ${answers.toLocaleString('en-US')} searches`,
      'MB',
      [[memory.resident / mega, bareMemory.resident / mega]],
      'ratio',
      { text: '≤ 200 MB', met: (megabytes) => megabytes <= 200 },
    ),
  ];
}
