import { join } from 'node:path';
import { demoOffices } from '../src/demo/offices.ts';
import { benchAgent } from './agent.ts';
import { type Booker, findsAndBooks } from './booking.ts';
import { startChild } from './child.ts';
import { directEmr } from './emr.ts';
import { type Figure, figure } from './figure.ts';
import { timed } from './one-read.ts';
import { overall, type Sides, slicedBy } from './rounds.ts';
import { type Shares, sharesOf } from './shares.ts';
import { basicOf, type Stage } from './stage.ts';
import type { AgentKeys, Told } from './told.ts';

/** Opens nothing but a simulator on this machine. */
const staticToken = 'a-token-of-the-bench';

/**
 * The same with EMRs that speak FHIR and are connected by consent: find and book with Oracle Health, `$find` with Epic.
 * The gateway has a token by OAuth from its vault, the direct calls one that is good without.
 */
export async function fhir(stage: Stage, rounds: number): Promise<Figure[]> {
  return [
    ...(await withEmr(stage, 'oracle-health', (booker) => findsAndBooks(booker, rounds))),
    ...(await withEmr(stage, 'epic', (booker) => finds(booker, rounds))),
  ];
}

/** With a simulator for as long as it takes, and a practice of its own that has consented. */
async function withEmr<T>(stage: Stage, emr: string, work: (booker: Booker) => Promise<T>): Promise<T> {
  const office = demoOffices.find((one) => one.emr === emr);
  if (office === undefined) throw new Error(`The demo has no practice with ${emr}.`);
  const folder = join(stage.env.POSTERN_STATE_DIR ?? '', emr);
  const simulator = await startChild({
    file: `../adapters/${emr}/simulator/main.ts`,
    args: ['--state-dir', folder, '--static-token', staticToken],
  });
  try {
    const simulatorUrl = String(simulator.ready.url);
    const keys = await stage.gateway.ask<AgentKeys>('addByConsent', { emr, simulatorUrl });
    const agent = await benchAgent(stage, basicOf(keys), office.caller);
    return await work({
      stage,
      emr: directEmr(simulatorUrl, `Bearer ${staticToken}`),
      agent,
      title: office.emrTitle,
    });
  } finally {
    await simulator.stop();
  }
}

/** A live `$find` and the requests that it makes, milliseconds. */
interface Find {
  readonly gateway: number;
  readonly direct: number;
  readonly shares: Shares;
  readonly calls: number;
}

const warmUps = 3;

/** `$find`, beside the requests that it makes, sent directly and one after another. */
async function finds({ stage, emr, agent, title }: Booker, rounds: number): Promise<Figure[]> {
  await stage.gateway.ask('keep');
  const measured: Find[] = [];
  for (let count = -warmUps; count < rounds; count += 1) {
    // Another window every time, or the answer would come from memory.
    const start = new Date(Date.now() + 2 * 86_400_000 + count * 60_000).toISOString();
    await stage.gateway.ask('told');
    const gateway = await timed(() => agent.fhir('GET', `/Appointment/$find?start=${start}&_count=50`));
    const told = await stage.gateway.ask<Told>('told');
    const direct = await timed(async () => {
      for (const one of told.sent) await emr.repeat(one);
    });
    const shares = sharesOf(told, 'GET /Appointment/$find');
    if (count >= 0) measured.push({ gateway, direct, shares, calls: told.sent.length });
  }
  const calls = Math.min(...measured.map((one) => one.calls));
  if (calls === 0) throw new Error('The EMR was not asked.');
  const whole: Sides<Find> = [(one) => one.gateway, (one) => one.direct];
  const own: Sides<Find> = [({ shares }) => shares.own, ({ shares }) => shares.emr];
  return [
    figure(
      `$find, ${title}, ${calls} calls to the EMR, p50`,
      'ms',
      slicedBy(measured, whole, 'p50'),
      'ratio',
    ),
    figure(`  p99 of all ${rounds}`, 'ms', overall(measured, whole, 'p99'), 'ratio'),
    figure('  own share beside its EMR time, p50', 'ms', slicedBy(measured, own, 'p50'), 'ratio'),
    figure(`  p99 of all ${rounds}`, 'ms', overall(measured, own, 'p99'), 'ratio'),
  ];
}
