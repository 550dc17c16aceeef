import { demoPatients } from '../adapters/open-dental/simulator/demo-patients.ts';
import { DEMO_KEY } from '../adapters/open-dental/simulator/start-office.ts';
import { type BenchAgent, benchAgent, findAndBook } from './agent.ts';
import { type DirectEmr, directEmr } from './emr.ts';
import { type Figure, figure } from './figure.ts';
import { oneRead } from './one-read.ts';
import { overall, type Sides, slicedBy } from './rounds.ts';
import { type Shares, sharesOf } from './shares.ts';
import type { Stage } from './stage.ts';
import type { Sent, Told } from './told.ts';

/** One booking by the gateway, and its calls to the EMR once more without it, milliseconds. */
interface Round {
  readonly gateway: number;
  readonly direct: number;
  readonly find: Shares;
  readonly book: Shares;
  readonly calls: number;
}

const warmUps = 3;

/** Find and book with Open Dental. */
export async function bookings(stage: Stage, rounds: number): Promise<Figure[]> {
  const [person] = demoPatients.cedar;
  if (person === undefined) throw new Error('Nobody is there to book.');
  const emr = directEmr(stage.simulatorUrl, `ODFHIR ${DEMO_KEY.developer}/${DEMO_KEY.customer}`);
  const agent = await benchAgent(stage, stage.basic, person);
  return findsAndBooks({ stage, emr, agent, title: 'Open Dental' }, rounds);
}

/** Somebody books at a practice, whose EMR is at hand. */
export interface Booker {
  readonly stage: Stage;
  readonly emr: DirectEmr;
  readonly agent: BenchAgent;
  /** What people call the EMR. */
  readonly title: string;
}

/**
 * Find and book, beside the very same requests sent straight to the simulator: the appointment is taken off the book
 * again, and what the gateway sent is sent once more, one after another. Then what the gateway adds to reading one.
 */
export async function findsAndBooks(booker: Booker, rounds: number): Promise<Figure[]> {
  const { stage, emr, agent, title } = booker;
  await stage.gateway.ask('keep');
  const measured: Round[] = [];
  for (let count = -warmUps; count < rounds; count += 1) {
    const booking = await bookByGateway(booker);
    const direct = await repeat(emr, booking);
    const { gateway, find, book, sent } = booking;
    if (count >= 0) measured.push({ gateway, direct, find, book, calls: sent.length });
  }
  const { id, emrId, sent } = await bookByGateway(booker);
  const read = sent.findLast((one) => appointmentIn(one) === emrId);
  if (read === undefined) throw new Error('The booking was not read back.');
  return [
    ...figuresOf(title, measured),
    ...(await oneRead(
      title,
      () => agent.fhir('GET', `/Appointment/${id}`),
      () => emr.repeat(read),
    )),
  ];
}

interface Booking extends Pick<Round, 'gateway' | 'find' | 'book'> {
  /** The gateway's id of the appointment. */
  readonly id: string;
  readonly emrId: string;
  /** What the EMR was asked, in order. */
  readonly sent: readonly Sent[];
}

async function bookByGateway({ stage, agent }: Booker): Promise<Booking> {
  await stage.gateway.ask('told');
  const begun = performance.now();
  const id = await findAndBook(agent);
  const gateway = performance.now() - begun;
  const told = await stage.gateway.ask<Told>('told');
  const { sent } = told;
  const emrId = sent
    .slice(sent.findIndex(({ method }) => method === 'POST'))
    .map(appointmentIn)
    .find((one) => one !== undefined);
  if (emrId === undefined) throw new Error('The booking was not read back.');
  return {
    gateway,
    find: sharesOf(told, 'GET /Appointment/$find'),
    book: sharesOf(told, 'POST /Appointment/$book'),
    id,
    emrId,
    sent,
  };
}

/** Takes the appointment off the book and makes it again by the same requests, directly; milliseconds. */
async function repeat(emr: DirectEmr, { emrId, sent }: Booking): Promise<number> {
  await emr.control('POST', '/staff', { action: 'delete', id: emrId });
  const begun = performance.now();
  let made = emrId;
  for (const one of sent)
    made = (await emr.repeat({ ...one, path: one.path.replace(`/${emrId}`, `/${made}`) })) ?? made;
  return performance.now() - begun;
}

/** The EMR's id of the one appointment that is asked for. */
function appointmentIn({ path }: Sent): string | undefined {
  return /\/appointments?\/([^/?]+)$/i.exec(path)?.[1];
}

function figuresOf(title: string, rounds: readonly Round[]): Figure[] {
  const whole: Sides<Round> = [({ gateway }) => gateway, ({ direct }) => direct];
  const ofBook: Sides<Round> = [({ book }) => book.own, ({ book }) => book.emr];
  const ofFind: Sides<Round> = [({ find }) => find.own, ({ find }) => find.emr];
  const name = `Find and book, ${title}, ${rounds[0]?.calls ?? 0} calls to the EMR, p50`;
  return [
    figure(name, 'ms', slicedBy(rounds, whole, 'p50'), 'ratio'),
    figure('  p95', 'ms', slicedBy(rounds, whole, 'p95'), 'ratio'),
    figure(`  p99 of all ${rounds.length}`, 'ms', overall(rounds, whole, 'p99'), 'ratio'),
    figure(
      `Own share of $book beside its EMR time, ${title}, p50`,
      'ms',
      slicedBy(rounds, ofBook, 'p50'),
      'ratio',
      {
        text: '≤ 15 ms',
        met: (own) => own <= 15,
      },
    ),
    figure('  p95', 'ms', slicedBy(rounds, ofBook, 'p95'), 'ratio'),
    figure(`  p99 of all ${rounds.length}`, 'ms', overall(rounds, ofBook, 'p99'), 'ratio'),
    figure(
      `Own share of a live $find beside its EMR time, ${title}, p50`,
      'ms',
      slicedBy(rounds, ofFind, 'p50'),
      'ratio',
    ),
    figure(`  p99 of all ${rounds.length}`, 'ms', overall(rounds, ofFind, 'p99'), 'ratio'),
  ];
}
