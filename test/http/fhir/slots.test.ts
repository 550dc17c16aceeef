import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Bundle, Schedule, Slot } from '@medplum/fhirtypes';
import { Temporal } from 'temporal-polyfill';
import { startTestGateway } from '#test/gateway.ts';
import type { TestPractice } from '#test/practice.ts';
import { appointmentIn, book, hold, link, offer, patient, resourcesIn } from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;

/** All pages of a search. */
async function slots(practice: TestPractice, query: string): Promise<(Slot & { id: string })[]> {
  const found: (Slot & { id: string })[] = [];
  for (let next: string | undefined = `/Slot?_count=100&${query}`; next !== undefined; ) {
    const page = await practice.agent.fhir('GET', next);
    assert.equal(page.status, 200, JSON.stringify(page.body));
    found.push(...resourcesIn<Slot>(page.body));
    next = link(page.body, 'next');
  }
  return found;
}

const ids = (all: readonly { id: string }[]) => all.map(({ id }) => id);
const dateOf = ({ start }: { start?: string }) => start?.slice(0, 10) ?? '';

/** The first day on which cedar is open, from the day after tomorrow on, its slots, and how they are asked for. */
const date = dateOf(await offer(cedar.agent));
const after = Temporal.PlainDate.from(date).add({ days: 1 }).toString();
const all = await slots(cedar, `start=${date}`);

describe('GET Slot', () => {
  it('finds free time, the earliest first, in the offset of the practice', async () => {
    assert.ok(all.length > 20);
    assert.deepEqual(
      all.map(({ start }) => start),
      all.map(({ start }) => start).toSorted(),
    );
    for (const slot of all) {
      assert.equal(slot.status, 'free');
      assert.equal(dateOf(slot), date);
      assert.match(slot.start ?? '', /-0[67]:00$/);
      assert.equal(slot.serviceType?.[0]?.coding?.[0]?.code, 'check-up-30');
    }
  });

  it('gives the same opening the same id on every search, also to another agent and in $find', async () => {
    const other = await cedar.addAgent();
    const again = await other.fhir('GET', `/Slot?start=ge${date}&start=lt${after}&_count=10`);
    assert.deepEqual(ids(resourcesIn<Slot>(again.body)), ids(all).slice(0, 10));
    const found = await cedar.agent.fhir('GET', `/Appointment/$find?start=${date}&end=${date}&_count=10`);
    assert.deepEqual(ids(resourcesIn(found.body)), ids(all).slice(0, 10));
    assert.ok(ids(all).every((id) => id.length <= 64));
  });

  it('reads each prefix of FHIR R4 as the standard means it', async () => {
    // The first hours say as much as the whole day.
    const last = Date.parse(all[11]?.start ?? '');
    const near = all.filter(({ start }) => Date.parse(start ?? '') <= last);
    const within = `start=ge${date}&start=le${encodeURIComponent(all[11]?.start ?? '')}`;
    const pivot = all[6]?.start ?? '';
    const at = Date.parse(pivot);
    const holds: Record<string, (start: number) => boolean> = {
      '': (start) => start === at,
      eq: (start) => start === at,
      gt: (start) => start > at,
      ge: (start) => start >= at,
      lt: (start) => start < at,
      le: (start) => start <= at,
      sa: (start) => start > at,
      eb: (start) => start < at,
    };
    for (const [prefix, isMeant] of Object.entries(holds))
      assert.deepEqual(
        ids(await slots(cedar, `${within}&start=${prefix}${encodeURIComponent(pivot)}`)),
        ids(near.filter(({ start }) => isMeant(Date.parse(start ?? '')))),
        `prefix ${prefix}`,
      );
    assert.deepEqual(ids(await slots(cedar, `start=${date}`)), ids(all), 'a bare date is that local day');
    for (const prefix of ['ne', 'ap']) {
      const { status, code } = await cedar.agent.fhir('GET', `/Slot?start=${prefix}${date}`);
      assert.deepEqual([status, code], [400, 'invalid-value'], prefix);
    }
  });

  it('keeps the wall clock of the office over a change of clocks, and knows the zone that has none', async () => {
    for (const [practice, changes] of [
      [cedar, true],
      [saguaro, false],
    ] as const) {
      const change = nextChangeOfClocks('America/Denver');
      const [before, behind] = [change.subtract({ days: 2 }), change.add({ days: 1 })]; // Friday and Monday
      const [friday] = await slots(practice, `start=${before}`);
      const [monday] = await slots(practice, `start=${behind}`);
      assert.ok(friday?.start && monday?.start, 'The office is open on both days.');
      for (const [day, { start }] of [
        [before, friday],
        [behind, monday],
      ] as const) {
        const local = Temporal.Instant.from(start ?? '').toZonedDateTimeISO(practice.timeZone);
        assert.equal(start, local.toString({ timeZoneName: 'never', smallestUnit: 'second' }));
        assert.equal(local.toPlainDate().toString(), day.toString());
      }
      assert.equal(friday.start.slice(-6) !== monday.start.slice(-6), changes, practice.timeZone);
      const whole = `start=ge${before}&start=lt${behind.add({ days: 1 })}`;
      const parts = [before, before.add({ days: 1 }), change, behind];
      const byDay = await Promise.all(parts.map((day) => slots(practice, `start=${day}`)));
      assert.deepEqual(ids(await slots(practice, whole)), ids(byDay.flat()), 'no hour is lost or told twice');
    }
  });

  it('pages by next: every match once, and the same total on each page', async () => {
    const found: string[] = [];
    let address: string | undefined = `/Slot?start=ge${date}&start=lt${after}&_count=7`;
    let pages = 0;
    while (address !== undefined) {
      const { body }: { body: Bundle } = await cedar.agent.fhir('GET', address);
      assert.equal(body.total, all.length);
      assert.ok(resourcesIn(body).length <= 7);
      found.push(...ids(resourcesIn<Slot>(body)));
      address = link(body, 'next');
      assert.ok(address === undefined || address.startsWith(`${gateway.base}/Slot?`), address);
      pages += 1;
    }
    assert.deepEqual(found, ids(all));
    assert.equal(pages, Math.ceil(all.length / 7));
  });

  it('says in self what was applied, and finds the same by it', async () => {
    const first = await cedar.agent.fhir('GET', `/Slot?start=${date}&_count=3&_format=json`);
    const again = await cedar.agent.fhir('GET', link(first.body, 'self') ?? '');
    assert.deepEqual(ids(resourcesIn<Slot>(again.body)), ids(resourcesIn<Slot>(first.body)));
    assert.equal(link(again.body, 'self'), link(first.body, 'self'));
  });

  it('only counts with _count=0 or _summary=count', async () => {
    for (const ask of ['_count=0', '_summary=count']) {
      const { body } = await cedar.agent.fhir('GET', `/Slot?start=${date}&${ask}`);
      assert.equal(body.total, all.length, ask);
      assert.equal(body.entry, undefined, ask);
      assert.equal(link(body, 'next'), undefined, ask);
    }
  });

  it('includes the schedules of the slots, which can be read by themselves', async () => {
    const { body } = await cedar.agent.fhir('GET', `/Slot?start=${date}&_count=100&_include=Slot:schedule`);
    const referred = new Set(resourcesIn<Slot>(body).map(({ schedule }) => schedule?.reference));
    const included = resourcesIn<Schedule>(body, 'include');
    assert.deepEqual(new Set(included.map(({ id }) => `Schedule/${id}`)), referred);
    assert.ok(included.length > 1);
    for (const schedule of included) {
      const read = await cedar.agent.fhir('GET', `/Schedule/${schedule.id}`);
      assert.deepEqual(read.body, schedule);
    }
    const wrong = await cedar.agent.fhir('GET', '/Slot?_include=Slot:appointment');
    assert.deepEqual([wrong.status, wrong.code], [400, 'unknown-parameter']);
  });

  it('filters by schedule and by the practitioner and place of the schedule', async () => {
    const included = resourcesIn<Schedule>(
      (await cedar.agent.fhir('GET', `/Slot?start=${date}&_count=100&_include=Slot:schedule`)).body,
      'include',
    );
    const [one, other] = included;
    assert.ok(one && other);
    const actor = (schedule: Schedule, type: string) =>
      schedule.actor.map(({ reference }) => reference ?? '').find((text) => text.startsWith(type)) ?? '';
    const ofSchedules = (wanted: readonly Schedule[]) =>
      ids(all.filter(({ schedule }) => wanted.some(({ id }) => schedule?.reference === `Schedule/${id}`)));
    const having = (type: string, reference: string) =>
      included.filter((schedule) => actor(schedule, type) === reference);

    const who = actor(one, 'Practitioner');
    const where = actor(one, 'Location');
    const rows: [string, readonly Schedule[]][] = [
      [`schedule=Schedule/${one.id}`, [one]],
      [`schedule=${one.id},${other.id}`, [one, other]],
      [`schedule=${one.id}&schedule=${other.id}`, []],
      [`schedule.actor=${who}`, having('Practitioner', who)],
      [`schedule.actor:Practitioner=${who.split('/')[1]}`, having('Practitioner', who)],
      [`schedule.actor:Location=${where.split('/')[1]}`, having('Location', where)],
      [`schedule.actor=${where}&schedule.actor=${who}`, [one]],
      ['schedule.actor=Practitioner/nobody-of-ours', []],
      ['schedule=no-such-schedule', []],
    ];
    for (const [filter, wanted] of rows)
      assert.deepEqual(ids(await slots(cedar, `start=${date}&${filter}`)), ofSchedules(wanted), filter);
    const untyped = await cedar.agent.fhir('GET', `/Slot?schedule.actor=${who.split('/')[1]}`);
    assert.deepEqual([untyped.status, untyped.code], [400, 'invalid-value']);
  });

  it('finds the visit type that is asked for, and says so when the practice has none of that name', async () => {
    const system = 'https://postern.health/fhir/CodeSystem/visit-type';
    const long = await slots(
      cedar,
      `start=${date}&service-type=${encodeURIComponent(`${system}|`)}cleaning-50`,
    );
    assert.ok(long.length > 0);
    for (const { start, end } of long)
      assert.equal(Date.parse(end ?? '') - Date.parse(start ?? ''), 50 * 60_000);
    const both = await slots(cedar, `start=${date}&service-type=cleaning-50,check-up-30`);
    const types = new Set(both.map(({ serviceType }) => serviceType?.[0]?.coding?.[0]?.code));
    assert.deepEqual(types, new Set(['cleaning-50', 'check-up-30']));
    const unknown = await cedar.agent.fhir('GET', '/Slot?service-type=massage');
    assert.deepEqual([unknown.status, unknown.code], [422, 'unknown-visit-type']);
    const foreign = await cedar.agent.fhir('GET', '/Slot?service-type=http%3A%2F%2Fsnomed.info%2Fsct%7C1');
    assert.deepEqual([foreign.status, foreign.body.total], [200, 0]);
  });

  it('shows nobody’s busy time, and nothing of the past', async () => {
    for (const query of ['status=busy', 'start=lt2020-01-01', 'status=busy-tentative,busy']) {
      const { status, body } = await cedar.agent.fhir('GET', `/Slot?${query}`);
      assert.deepEqual([status, body.total, body.entry], [200, 0, undefined], query);
    }
    const free = await cedar.agent.fhir('GET', '/Slot?status=free&_count=1');
    assert.equal(resourcesIn(free.body).length, 1);
  });

  it('refuses a window longer than 31 days', async () => {
    const { status, code, body } = await cedar.agent.fhir(
      'GET',
      '/Slot?start=ge2027-03-01&start=lt2027-04-15',
    );
    assert.deepEqual([status, code, body.issue[0].code], [400, 'window-too-long', 'too-costly']);
  });
});

describe('POST Slot/_search', () => {
  it('finds what GET finds, with the parameters in the form, the address or both', async () => {
    const wanted = ids(await slots(cedar, `start=${date}&service-type=cleaning-50`)).slice(0, 9);
    const form = { start: date, 'service-type': 'cleaning-50', _count: '9' };
    const all = await cedar.agent.fhir('POST', '/Slot/_search', { body: new URLSearchParams(form) });
    assert.deepEqual(ids(resourcesIn<Slot>(all.body)), wanted);
    const { start, ...rest } = form;
    const split = await cedar.agent.fhir('POST', `/Slot/_search?start=${start}`, {
      body: new URLSearchParams(rest),
    });
    assert.deepEqual(ids(resourcesIn<Slot>(split.body)), wanted);
    const strange = await cedar.agent.fhir('POST', '/Slot/_search', {
      body: new URLSearchParams({ specialty: 'x' }),
    });
    assert.deepEqual([strange.status, strange.code], [400, 'unknown-parameter']);
  });
});

describe('GET Slot/[id]', () => {
  it('shows an opening as it stands: free, held, taken, and free again', async () => {
    const { agent } = cedar;
    const time = await offer(agent);
    const status = async () => (await agent.fhir('GET', `/Slot/${time.id}`)).body.status;
    const isOffered = async () => ids(await offersAround(time)).includes(time.id);
    assert.deepEqual([await status(), await isOffered()], ['free', true]);

    const held = appointmentIn(await hold(agent, time.id));
    assert.deepEqual([await status(), await isOffered()], ['busy-tentative', false]);

    await agent.fhir('PATCH', `/Appointment/${held.id}`, {
      body: [{ op: 'replace', path: '/status', value: 'cancelled' }],
    });
    assert.deepEqual([await status(), await isOffered()], ['free', true]);

    const visit = appointmentIn(await book(agent, time.id, await patient(cedar, 0)));
    assert.deepEqual([await status(), await isOffered()], ['busy', false]);

    await agent.fhir('PATCH', `/Appointment/${visit.id}`, {
      body: [{ op: 'replace', path: '/status', value: 'cancelled' }],
      headers: { 'if-match': `W/"${visit.meta?.versionId}"` },
    });
    assert.deepEqual([await status(), await isOffered()], ['free', true]);
  });

  it('leaves out every time that meets a held one at the same chair or practitioner', async () => {
    const { agent } = cedar;
    const time = all[8];
    assert.ok(time, 'Early in the day, where much is open.');
    const before = await offersAround(time);
    const held = appointmentIn(await hold(agent, time.id));
    const left = ids(await offersAround(time));
    const gone = before.filter(({ id }) => !left.includes(id));
    assert.ok(gone.length > 1, 'Openings overlap on the grid, so one hold hides several.');
    for (const { start, end } of gone)
      assert.ok(
        Date.parse(start ?? '') < Date.parse(time.end ?? '') &&
          Date.parse(time.start ?? '') < Date.parse(end ?? ''),
      );
    await agent.fhir('PATCH', `/Appointment/${held.id}`, {
      body: [{ op: 'replace', path: '/status', value: 'cancelled' }],
    });
    assert.deepEqual(ids(await offersAround(time)), ids(before));
  });
});

/** What is offered around this time: whatever could overlap with it. */
async function offersAround({ start = '', end = '' }: { start?: string; end?: string }) {
  const halfHour = 30 * 60_000;
  const from = new Date(Date.parse(start) - halfHour).toISOString();
  const found = await cedar.agent.fhir(
    'GET',
    `/Appointment/$find?start=${from}&end=${new Date(end).toISOString()}&_count=100`,
  );
  return resourcesIn(found.body);
}

function nextChangeOfClocks(zone: string): Temporal.PlainDate {
  const change = Temporal.Now.zonedDateTimeISO(zone).add({ days: 4 }).getTimeZoneTransition('next');
  assert.ok(change, 'This zone has summer time.');
  return change.toPlainDate();
}
