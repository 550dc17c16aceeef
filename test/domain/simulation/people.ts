import type { EmrClass, Profile } from './profile.ts';
import { current, type Facts, type Place, type Row, samePlace } from './rows.ts';
import { createWorld, type Told, type Trial, tell, type World } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;
const practitioners = ['prov-1', 'prov-2', 'prov-3'];
const locations = ['op-1', 'op-2', 'op-3'];

/** Plays one practice for as many bookings as asked, to the last sweep, and gives back what can be judged. */
export async function playWorld(
  seed: number,
  profile: Profile,
  emrClass: EmrClass,
  bookings: number,
  trial: Trial,
): Promise<World> {
  const world = createWorld(seed, profile, emrClass, trial);
  const { time, random } = world;
  const start = time.now();
  const span = (bookings / profile.bookingsAMinute) * minute;
  seedPatients(world);
  for (let caller = 0; caller < bookings; caller += 1)
    time.at(start + random.between(0, span), () => void call(world, caller));
  for (let at = start; at < start + span + 10 * minute; at += random.exponential(profile.staffEveryMs) + 1)
    time.at(at, () => staffAct(world));
  await time.run();
  await askAgain(world);
  return world;
}

function seedPatients({ emr, time }: World): void {
  for (const name of ['once', 'twice', 'twice'])
    for (let index = 0; index < 40; index += 1)
      emr.patients.push({
        id: emr.nextId(),
        name: `${name}-${index}`,
        created: time.now() - hour,
        by: 'staff',
      });
}

/** One caller, from the first ring to the end of what is on their mind. */
async function call(world: World, caller: number): Promise<void> {
  const { random, profile } = world;
  let patient = `patient-${caller}`;
  if (random.chance(profile.newPatients)) {
    const name = random.chance(0.2) ? `${random.pick(['once', 'twice'])}-${random.int(40)}` : `new-${caller}`;
    const made = await ask(world, caller, 'create-patient', { kind: 'create-patient', name }, 'person');
    if (made.answer.status !== 'confirmed') return;
    patient = made.ref ?? patient;
  }
  const facts: Facts = { kind: 'book', patient, ...somePlace(world) };
  if (random.chance(profile.deskFirst)) {
    staffBook(world, facts);
    await world.time.sleep(random.between(6_000, 6_000 + profile.policy.readAfterWriteMs / 2));
  }
  recent.set(world, facts);
  const booked = await ask(world, caller, 'book', facts, 'book');
  if (booked.answer.status !== 'confirmed' || !random.chance(profile.changes)) return;
  await world.time.sleep(random.between(0, 20 * minute));
  for (const change of random.pick([['cancel'], ['move'], ['move', 'cancel'], ['move', 'move']] as const))
    await ask(
      world,
      caller,
      change,
      changeFacts(world, booked.intent, change),
      `${change}-${world.time.now()}`,
    );
}

function changeFacts(world: World, intent: string, change: 'cancel' | 'move'): Facts | undefined {
  const now = world.gateway.appointmentOf(intent);
  if (now === undefined || (change === 'move' && world.emr.emrClass === 'A')) return undefined;
  if (change === 'cancel') return { kind: 'cancel', target: now.ref };
  return {
    kind: 'move',
    target: now.ref,
    origin: now.place,
    ...somePlace(world),
    minutes: now.place.minutes,
  };
}

/** Asks until something final is heard, with the repeats, second keys and second thoughts of real callers. */
async function ask(
  world: World,
  caller: number,
  wish: Exclude<Told['wish'], 'give-up'>,
  facts: Facts | undefined,
  name: string,
): Promise<Told> {
  const { random, profile, time } = world;
  if (facts === undefined) return nothingToAsk;
  const key = `${caller}-${name}`;
  const askedAt = time.now();
  const wishOf = { caller, key, wish, facts, askedAt };
  const once = () => hear(world, wishOf);
  if (random.chance(profile.repeats)) time.at(time.now() + random.between(0, 3_000), () => void once());
  if (random.chance(profile.repeats / 4))
    time.at(
      time.now() + random.between(0, 30_000),
      () => void hear(world, { ...wishOf, key: `${key}-other` }),
    );
  let last = await once();
  if (wish === 'book' && last.answer.status === 'pending' && random.chance(profile.cancelWhilePending))
    void giveUp(world, last);
  for (let pause = 4_000; last.answer.status === 'pending' && time.now() - askedAt < 3 * hour; pause *= 1.7) {
    await time.sleep(pause);
    last = await once();
  }
  return last;
}

/** One request, sent again under the same key while the connection breaks. */
async function hear(
  world: World,
  wish: Pick<Told, 'caller' | 'key' | 'wish' | 'facts' | 'askedAt'>,
): Promise<Told> {
  for (;;) {
    const begunAt = world.time.now();
    const intent = await world.gateway.ask(wish.key, wish.facts, world.random.between(1_500, 10_000));
    if (intent !== undefined) return tell(world, { ...wish, begunAt }, intent);
    await world.time.sleep(world.random.between(200, 4_000));
  }
}

async function giveUp(world: World, told: Told): Promise<void> {
  await world.time.sleep(world.random.between(0, 100_000));
  const { caller, key, facts, askedAt } = told;
  for (;;) {
    const begunAt = world.time.now();
    const intent = await world.gateway.giveUp(told.intent);
    if (intent !== undefined) {
      const accepted =
        intent.confirmedAt === null && (intent.cancelRequested || intent.phase === 'cancelled');
      if (accepted) tell(world, { caller, key, facts, askedAt, begunAt, wish: 'give-up' }, intent);
      return;
    }
    await world.time.sleep(1_000);
  }
}

/** When all is over every key is asked once more. */
async function askAgain(world: World): Promise<void> {
  const asked = world.told.filter((told) => told.wish !== 'give-up');
  const begunAt = world.time.now();
  for (const told of new Map(asked.map((each) => [each.key, each])).values())
    tell(world, { ...told, begunAt }, world.gateway.now(told.intent));
}

const nothingToAsk: Told = {
  at: 0,
  caller: -1,
  key: '',
  wish: 'book',
  facts: { kind: 'cancel', target: '' },
  askedAt: 0,
  begunAt: 0,
  intent: '',
  ref: null,
  answer: { status: 'not_booked' },
};

const recent = new WeakMap<World, Extract<Facts, { kind: 'book' }>>();

function somePlace({ random, time, profile }: World): Place {
  const day = Math.floor(time.now() / (24 * hour)) + 1 + random.int(random.chance(profile.crowd) ? 1 : 40);
  const start = day * 24 * hour + 14 * hour + random.int(16) * 30 * minute;
  const minutes = random.pick([30, 30, 60]);
  const index = random.int(3);
  const practitioner = practitioners[index] ?? 'prov-1';
  const location = random.chance(0.8) ? (locations[index] ?? 'op-1') : random.pick(locations);
  return { start, minutes, practitioner, location };
}

/** What the front desk does meanwhile. It sees the truth and never double-books on purpose. */
function staffAct(world: World): void {
  const { emr, random, time } = world;
  const live = emr.rows.slice(-60).filter((row) => current(row).status === 'booked');
  const ours = live.filter((row) => row.by === 'gateway' && time.now() - row.created < 15 * minute);
  const row: Row | undefined = ours.length > 0 ? random.pick(ours) : undefined;
  const act = random.int(9);
  if (act < 3) {
    staffBook(world, { kind: 'book', patient: `walk-in-${random.int(1e6)}`, ...somePlace(world) });
    return;
  }
  if (act === 3) {
    const wanted = recent.get(world);
    if (wanted !== undefined) staffBook(world, wanted);
    return;
  }
  if (row === undefined) return;
  if (act === 4) {
    const to = { ...somePlace(world), minutes: current(row).minutes };
    if (emr.emrClass !== 'A' && !emr.overlapping(to, time.now(), row.id) && !samePlace(to, current(row)))
      emr.change(row, { by: 'staff', action: 'move', to }, to);
  } else if (act === 5) emr.change(row, { by: 'staff', action: 'cancel' }, { status: 'cancelled' });
  else if (act === 6) emr.change(row, { by: 'staff', action: 'delete' }, { status: 'deleted' });
  else
    emr.change(
      row,
      { by: 'staff', action: 'edit-note' },
      { note: act === 7 ? 'called the patient' : `ok ${current(row).note.toLowerCase()}` },
    );
}

function staffBook({ emr, time }: World, facts: Extract<Facts, { kind: 'book' }>): void {
  if (!emr.overlapping(facts, time.now()))
    emr.insert(facts, '', 'staff', emr.emrClass === 'A' ? `staff-${emr.nextId()}` : undefined);
}
