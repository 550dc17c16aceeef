import type { z } from 'zod';
import type { EmrAnswer, EmrRequest, EmrRoute, Emulation, Scene, SettingValues } from './emulation.ts';
import { Refusal } from './emulation.ts';
import { pastOf, type Stale } from './exchange.ts';
import type { FaultOrder, OwnFaults } from './fault.ts';
import type { LedgerAppointment, LedgerPatient, LedgerReading, LedgerTables } from './ledger.ts';
import { keepLedger, readLedger } from './ledger.ts';
import type { Database, RowStore, TableSet } from './row-store.ts';
import type { Admission, StaffAction } from './staff.ts';

/** The data of a simulated EMR and all that can be done to them; each act is one transaction. */
export function openOffice<T extends TableSet, S extends SettingValues>(
  emulation: Emulation<T, S>,
  store: RowStore,
  now: () => number,
  initialSettings: object,
  token: Scene<T, S>['token'] = () => undefined,
): Office<T, S> {
  const own = store.database<OwnTables>();
  const settings = (): S =>
    emulation.settings.parse({ ...initialSettings, ...own.table('settings').get('changed') });
  const scene = (
    at: number,
    db: Database<T> = store.database<T>(),
    fault?: FaultOrder | undefined,
  ): Scene<T, S> => ({
    db,
    fault,
    ledger: keepLedger(store.database<LedgerTables>(), at),
    settings: settings(),
    now: at,
    token,
  });
  const fill = (): void => {
    const at = now();
    store.transact(at, () => {
      store.clear();
      emulation.seed(scene(at));
      own.table('settings').put('changed', {});
    });
  };
  if (own.table('settings').get('changed') === undefined) fill();

  return {
    settings,
    perform(request, matched, stale, fault) {
      const at = now();
      const past = stale ?? staleness(emulation.faults, fault);
      const age = typeof past === 'object' ? { asOf: at - past.olderThanMs } : past;
      const db = age === undefined ? undefined : store.past(age).database<T>();
      const here = scene(at, db, fault);
      try {
        return store.transact(at, () => {
          const stopped = emulation.admit(here, request);
          if (stopped !== undefined) return stopped;
          if (matched === undefined) return emulation.unknown(here, request);
          return matched.route.handle({ ...here, request, path: matched.path });
        });
      } catch (error) {
        if (error instanceof Refusal) return error.answer;
        console.error(error);
        return {
          status: 500,
          headers: { 'content-type': 'text/plain' },
          body: 'The simulator has a defect.',
        };
      }
    },
    staff(action) {
      const at = now();
      return store.transact(at, () => {
        const id = emulation.staff(scene(at), action);
        return id === undefined
          ? undefined
          : store.database<LedgerTables>().table('ledger-appointments').get(id);
      });
    },
    admitPatient(person) {
      const at = now();
      return store.transact(at, () => {
        const id = emulation.admitPatient?.(scene(at), person);
        return id === undefined ? undefined : store.database<LedgerTables>().table('ledger-patients').get(id);
      });
    },
    act(work) {
      const at = now();
      return store.transact(at, () => work(scene(at)));
    },
    change(values) {
      const merged = emulation.settings.safeParse({ ...settings(), ...values });
      const changed = { ...own.table('settings').get('changed'), ...values };
      if (merged.success) store.transact(now(), () => own.table('settings').put('changed', changed));
      return merged;
    },
    ledger: () => readLedger(store.database<LedgerTables>()),
    reset: fill,
  };
}

export interface Office<T extends TableSet, S extends SettingValues> {
  settings(): S;
  /** Lets the EMR do what a request asks, on today's data or, for reads, on old ones. */
  perform(
    request: EmrRequest,
    matched:
      | {
          readonly route: EmrRoute<T, S>;
          readonly path: Readonly<Record<string, string>>;
        }
      | undefined,
    stale?: Stale,
    fault?: FaultOrder,
  ): EmrAnswer;
  /** Does something on today's data as one transaction. */
  act<R>(work: (scene: Scene<T, S>) => R): R;
  /** The appointment as the ledger has it afterwards; undefined when there is none of that id. */
  staff(action: StaffAction): LedgerAppointment | undefined;
  /** The patient as the ledger has them afterwards; undefined when this front desk admits nobody. */
  admitPatient(person: Admission): LedgerPatient | undefined;
  /** Changes the named settings and keeps the others. */
  change(values: object): z.ZodSafeParseResult<S>;
  ledger(): LedgerReading;
  /** Back to a freshly seeded office, settings and ledger included. */
  reset(): void;
}

/** How old the data are that a fault of the EMR's own shows. */
function staleness(faults: OwnFaults = {}, fault: FaultOrder | undefined): Stale | undefined {
  const own = faults[fault?.name ?? ''];
  return own?.on === 'request' && own.stale ? pastOf(fault?.delayMs) : undefined;
}

type OwnTables = { settings: object };
