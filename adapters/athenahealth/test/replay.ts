import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { type AdapterContext, Failure, type Opening, WireFailure } from '#adapter-kit/index.ts';
import { type Replay, replay as replayOf, type Script } from '#adapter-kit/testing/index.ts';
import { athenahealth } from '../index.ts';
import { refusals } from '../map/issue.ts';

/** One provider in one department in Seattle, with two visit types. */
export const settings = {
  departments: '12',
  providers: '71',
  visitTypes: 'reason:962;Office Visit;15, type:83;Follow Up;30',
  newPatientDepartment: '12',
  freezeHeldTimes: true,
};

/** A connection to an athenaOne that answers each route from a script, on 1 March 2031. */
export function replay(script: Script, changed: Partial<AdapterContext> = {}): Replay {
  return replayOf(
    athenahealth,
    { ...fixture('find--two-at-one-time'), ...script },
    {
      settings,
      timeZone: 'America/Los_Angeles',
      ...changed,
    },
  );
}

export function fixture(...names: readonly string[]): Script {
  const read = (name: string): Script =>
    JSON.parse(readFileSync(resolve(import.meta.dirname, `../fixtures/${name}.json`), 'utf8'));
  return Object.assign({}, ...names.map(read));
}

type Json = Readonly<Record<string, unknown>>;

/** An open slot of a search, with some of its fields replaced. */
export function slotJson(changed: Json = {}): Json {
  const { openSlots } = fixture('find--two-at-one-time') as { openSlots: { appointments: [Json] } }; // as the fixture is
  return { ...openSlots.appointments[0], ...changed };
}
export function slotPage(...appointments: readonly Json[]): Json {
  return { totalcount: appointments.length, appointments };
}

/** An appointment as it is read by id, with some of its fields replaced. */
export function rowJson(changed: Json = {}, name = 'read--booked'): Json {
  const { appointment } = fixture(name) as { appointment: [Json] }; // as the fixtures are
  return { ...appointment[0], ...changed };
}
export const openRowJson = (changed: Json = {}): Json => rowJson(changed, 'read--open');

/** The first of the fixture's two slots, as it is offered. */
export const opening: Opening = {
  vendorKey: 'appt:2310011|dept:12|prov:71|reason:962',
  start: '2031-03-04T09:15:00-08:00',
  end: '2031-03-04T09:30:00-08:00',
  minutes: 15,
  practitioner: '71',
  location: '12',
  claims: ['appt:2310011'],
};
export const later: Opening = {
  ...opening,
  vendorKey: 'appt:2310055|dept:12|prov:71|reason:962',
  start: '2031-03-06T10:00:00-08:00',
  end: '2031-03-06T10:15:00-08:00',
  claims: ['appt:2310055'],
};
export const request = { patient: '4471', opening, marker: 'GW:7K3QX6M2TA.1' };

/** Each of these, one after the other; the last one for good. */
export function inTurn(...answers: readonly unknown[]): () => unknown {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)];
}

/** How a write ended, in the gateway's terms. */
export async function outcomeOf(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return 'done';
  } catch (error) {
    if (error instanceof Failure) return `failure ${error.code}`;
    if (!(error instanceof WireFailure)) throw error;
    const { outcome, reason } = classifyWrite(error, refusals, athenahealth.routes);
    return `${outcome} ${reason}`;
  }
}
