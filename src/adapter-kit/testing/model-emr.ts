import { toInstantWithOffset } from '#domain/local-time.ts';
import type { Adapter, ConnectionSettings } from '../adapter.ts';
import type { EmrUnderTest, Harness, LedgerAppointment, StaffAction } from './emr-under-test.ts';
import { type InProcessAnswer, type InProcessRequest, inProcessClient } from './in-process-client.ts';
import { createLineFaults } from './line-faults.ts';
import { createMemo } from './memo.ts';

/**
 * A small EMR in a variable, written from the vendor's pages and not from the adapter: what it keeps, and how it answers
 * a request. Lost, late, wrong and hostile answers are done to it by {@link modelEmr}.
 *
 * @typeParam State plain data, so that it can be copied
 */
export interface EmrModel<State extends object> {
  /** IANA zone of the office. */
  readonly timeZone: string;
  /** What is kept at the beginning; asked for again before every case. */
  opened(): State;
  /**
   * Answers one request that the route table has let through. A write changes the state it is given; of one that is
   * answered 300 or more nothing is kept.
   */
  answer(state: State, request: InProcessRequest): InProcessAnswer;
  /** Does what the front desk would, and nobody refuses it. Gives the id of the appointment. */
  staff(state: State, action: StaffAction): string;
  /** Every appointment ever written. */
  ledger(state: State): readonly LedgerAppointment[];
  /** Length of the visits that the cases look for; 30 when absent. */
  readonly minutes?: number;
  readonly settings?: ConnectionSettings;
  /** Somebody who is known from the beginning; needed where the adapter cannot create patients. */
  readonly patient?: EmrUnderTest['patient'];
  /** By name of the case: why it cannot hold here. The README gives the same reason. */
  readonly waivers?: Harness['waivers'];
  /** By name of the route: why no case needs it here, and what does. */
  readonly unneededRoutes?: Harness['unneededRoutes'];
}

/**
 * The model as an EMR for the conformance cases, in this process and held to the adapter's route table as the wall would.
 *
 * @example
 * export default (kit) => kit.testing.modelEmr(createAdapter(kit).routes, { timeZone: 'America/Denver', opened, … });
 */
export function modelEmr<State extends object>(routes: Adapter['routes'], model: EmrModel<State>): Harness {
  const { settings = {}, waivers = {}, unneededRoutes = {} } = model;
  return { start: async () => started(routes, model), settings, waivers, unneededRoutes };
}

const day = 24 * 60 * 60_000;

function started<State extends object>(routes: Adapter['routes'], model: EmrModel<State>): EmrUnderTest {
  let state = model.opened();
  /** Everything as it was before the last write. */
  let previous = state;
  const faults = createLineFaults();
  const write = <T>(act: (next: State) => T, isKept: (result: T) => boolean): T => {
    const next = structuredClone(state);
    const result = act(next);
    if (isKept(result)) [previous, state] = [state, next];
    return result;
  };
  const http = inProcessClient(routes, (request) => {
    const effect = routes[request.route]?.effect ?? 'write';
    return faults.carry(request, effect, async (isStale) =>
      effect === 'read'
        ? model.answer(structuredClone(isStale ? previous : state), request)
        : write(
            (next) => model.answer(next, request),
            ({ status }) => status < 300,
          ),
    );
  });
  const instant = (at: number) => toInstantWithOffset(at, 'UTC');
  const { timeZone, settings = {}, minutes = 30 } = model;
  return {
    connect: ({ now = Date.now } = {}) => ({ http, timeZone, settings, now, memo: createMemo(now) }),
    window: { from: instant(Date.now() + day), to: instant(Date.now() + 8 * day) },
    minutes,
    ...(model.patient && { patient: model.patient }),
    staff: async (action) =>
      write(
        (next) => model.staff(next, action),
        () => true,
      ),
    ledger: async () => model.ledger(structuredClone(state)),
    fault: async (fault) => faults.order(fault),
    reset: async () => {
      faults.forget();
      state = model.opened();
      previous = state;
    },
    stop: async () => {},
  };
}
