import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type Call,
  type Emulation,
  instantAfter,
  json,
  Refusal,
  type RunningSimulator,
  type Scene,
  startSimulator,
  type Writer,
  z,
} from '#simulator-kit/index.ts';

/** The smallest EMR that exercises the whole kit: visits of 30 minutes, one route to write and two to read. */
type Visit = {
  id: string;
  patient: string;
  start: string;
  room: string;
  status: 'booked' | 'cancelled';
  note: string;
};
type Tables = { visits: Visit };
type Settings = { strict: boolean; gapMs: number; queue: number; patienceMs: number };

const ZONE = 'America/Denver';

export const toyEmr: Emulation<Tables, Settings> = {
  emr: 'toy',
  office: 'Toy Clinic',
  timeZone: ZONE,
  basePath: '/api',
  routes: [
    { method: 'GET', template: '/visits', effect: 'read', handle: (call) => json(200, visits(call)) },
    { method: 'GET', template: '/visits/{id}', effect: 'read', handle: readVisit },
    { method: 'POST', template: '/visits', effect: 'write', handle: createVisit },
  ],
  admit: (_scene, request) =>
    request.headers.authorization === 'Key nobody' ? { status: 401, body: 'who are you' } : undefined,
  unknown: () => ({ status: 404, body: 'no such thing' }),
  pace: ({ gapMs, queue, patienceMs }) =>
    gapMs === 0 ? undefined : { key: 'all', gapMs, queue, patienceMs },
  seed: (scene) => write(scene, { ...visit('1', 'p1'), note: 'seeded' }, 'seed', 'book'),
  staff(scene, action) {
    if (action.action === 'book') {
      const id = String(scene.db.next('visit', 2));
      const { patientId: patient, locationId: room, start, note } = action;
      write(scene, { id, patient, room, start, note, status: 'booked' }, 'staff', 'book');
      return id;
    }
    const row = scene.db.table('visits').get(action.id);
    if (row === undefined) return undefined;
    const changed: Visit = {
      ...row,
      ...(action.action === 'move' ? { start: action.start } : {}),
      ...(action.action === 'note' ? { note: action.note } : {}),
      ...(action.action === 'cancel' ? { status: 'cancelled' } : {}),
    };
    write(scene, changed, 'staff', action.action);
    if (action.action === 'delete') scene.db.table('visits').delete(action.id);
    return action.id;
  },
  admitPatient(scene) {
    const id = `p${scene.db.next('patient', 100)}`;
    scene.ledger.patient(id, 'staff');
    return id;
  },
  settings: z.strictObject({
    strict: z.boolean().default(false),
    gapMs: z.int().default(0),
    queue: z.int().default(3),
    patienceMs: z.int().default(60_000),
  }),
  error: (status, text) => ({ status, headers: { 'content-type': 'text/plain' }, body: text }),
  texts: { throttled: 'slow down', timeout: 'too late', failure: 'oops', lostConnectivity: 'office away' },
};

/** A running toy with a folder of its own; both are gone after the test. */
export async function startToy(test: TestContext, stateFile?: string): Promise<Toy> {
  const file = stateFile ?? join(await mkdtemp(join(tmpdir(), 'simulator-')), 'toy.json');
  const simulator = await startSimulator({ emulation: toyEmr, stateFile: file });
  test.after(async () => {
    await simulator.stop();
    await rm(dirname(file), { recursive: true, force: true });
  });
  const call = async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(simulator.url + path, {
      method,
      ...init,
      headers: { 'content-type': 'application/json', connection: 'close' },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  return { ...simulator, file, call };
}

export interface Toy extends RunningSimulator {
  readonly file: string;
  call(method: string, path: string, body?: unknown): Promise<Reply>;
}
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // What comes back is checked by the assertions of the test that asked.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  json(): any;
}

export async function temporaryFolder(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function visit(id: string, patient: string): Visit {
  return { id, patient, start: '2031-03-04T10:00:00-07:00', room: 'r1', status: 'booked', note: '' };
}

function visits(call: Scene<Tables, Settings>): Visit[] {
  return call.db.table('visits').all();
}

function readVisit(call: Call<Tables, Settings>) {
  const row = call.db.table('visits').get(call.path.id ?? '');
  return row === undefined ? { status: 404, body: 'no such visit' } : json(200, row);
}

function createVisit(call: Call<Tables, Settings>) {
  const { patient, note = '', late } = JSON.parse(call.request.body);
  const row = { ...visit(String(call.db.next('visit', 2)), patient), note };
  write(call, row, 'api', 'book');
  // A refusal after writing must leave nothing behind.
  if (late === true || call.settings.strict) throw new Refusal({ status: 422, body: 'no' });
  return json(201, row);
}

function write(
  scene: Scene<Tables, Settings>,
  row: Visit,
  by: Writer,
  action: 'book' | 'move' | 'cancel' | 'delete' | 'note' | 'noshow',
): void {
  scene.db.table('visits').put(row.id, row);
  scene.ledger.appointment(
    {
      id: row.id,
      patientId: row.patient,
      start: row.start,
      end: instantAfter(row.start, 30, ZONE),
      practitionerId: null,
      locationId: row.room,
      status: action === 'delete' ? 'entered-in-error' : row.status,
      nativeStatus: row.status,
      note: row.note,
    },
    { by, action },
  );
}
