import { createServer, type IncomingMessage, type Server } from 'node:http';
import { DEMO_KEY } from '../../adapters/open-dental/simulator/start-office.ts';

/**
 * What a gateway without a booking protocol does when an answer is missing: `blind` sends again, `search` looks for the
 * row first and then sends again. Both are deliberately wrong, so that the checker can show that it sees it. Phoenix
 * only, where the clocks never change; no hold, move or cancel.
 */
export function naiveGateway(simulator: string, retry: 'blind' | 'search'): Server {
  const answers = new Map<string, unknown>();

  async function emr(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: Row[] & Row }> {
    const answer = await fetch(`${simulator}/api/v1${path}`, {
      method,
      signal: AbortSignal.timeout(1_500),
      headers: {
        authorization: `ODFHIR ${DEMO_KEY.developer}/${DEMO_KEY.customer}`,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: JSON.parse(await answer.text()) };
  }

  /** Three tries; whatever went wrong, the next one. */
  async function insist(
    search: () => Promise<Row | undefined>,
    send: () => Promise<Row>,
  ): Promise<Row | undefined> {
    for (let tries = 0; tries < 3; tries += 1) {
      try {
        const found = retry === 'search' || tries === 0 ? await search() : undefined;
        return found ?? (await send());
      } catch {
        // Sends again.
      }
    }
    return undefined;
  }

  const post = async (path: string, body: unknown): Promise<Row> => {
    const { status, json } = await emr('POST', path, body);
    if (status !== 201) throw new Error(`${status}`);
    return json;
  };
  const list = async (path: string): Promise<Row[]> => {
    const { status, json } = await emr('GET', path);
    if (status !== 200) throw new Error(`${status}`);
    return json;
  };

  const find = async (date: string) => {
    const windows = await list(`/appointments/Slots?date=${date}`);
    const offers = windows.flatMap(({ DateTimeStart = '', DateTimeEnd = '', ProvNum, OpNum }) => {
      const starts: string[] = [];
      for (let at = instant(DateTimeStart); at + halfHour <= instant(DateTimeEnd); at += halfHour)
        starts.push(local(at));
      return starts.map((start) => proposed([start, ProvNum, OpNum].join('~')));
    });
    return { resourceType: 'Bundle', type: 'searchset', entry: offers.map((resource) => ({ resource })) };
  };

  const createPatient = async ({ name, birthDate }: Patient) => {
    const [LName, FName] = [name[0]?.family ?? '', name[0]?.given[0] ?? ''];
    const same = async () => (await list(`/patients/Simple?LName=${LName}&Birthdate=${birthDate}`))[0];
    const made = await insist(same, () => post('/patients', { LName, FName, Birthdate: birthDate }));
    return made && { resourceType: 'Patient', id: `${made.PatNum}` };
  };

  const book = async (offer: string, patient: string) => {
    const [start = '', prov, op] = offer.split('~');
    const mine = async () => {
      const rows = await list(`/appointments?date=${start.slice(0, 10)}&PatNum=${patient}`);
      return rows.find(({ AptDateTime }) => AptDateTime === start);
    };
    const wanted = { PatNum: Number(patient), Op: Number(op), ProvNum: Number(prov), AptDateTime: start };
    const row = await insist(mine, () =>
      post('/appointments', { ...wanted, AptStatus: 'Scheduled', Pattern: 'XXXXXX', Note: '' }),
    );
    return row && { ...proposed(offer), id: `${row.AptNum}`, status: 'booked' };
  };

  async function serve(path: string, body: Body): Promise<unknown> {
    const url = new URL(path, 'http://naive');
    const route = url.pathname.replace('/fhir/R4', '');
    if (route === '/oauth/token') return { access_token: 'naive', expires_in: 3_600 };
    if (route === '/Appointment/$find') return find(url.searchParams.get('start') ?? '');
    if (route === '/Patient') return createPatient(body as Patient);
    const read = /^\/Appointment\/(\d+)$/.exec(route)?.[1];
    if (read !== undefined) {
      const row = (await emr('GET', `/appointments/${read}`)).json;
      return { ...proposed([row.AptDateTime, row.ProvNum, row.Op].join('~')), id: read, status: 'booked' };
    }
    const references = [
      body.slot?.[0]?.reference ?? body.parameter?.[0]?.valueReference.reference,
      body.participant?.[0]?.actor.reference ?? body.parameter?.[1]?.valueReference.reference,
    ];
    const [offer = '', patient = ''] = references.map((one) => one?.split('/')[1]);
    return book(offer, patient);
  }

  return createServer(async (request, response) => {
    const key = request.headers['idempotency-key'];
    const body = await bodyOf(request);
    try {
      const known = key === undefined ? undefined : answers.get(`${key}`);
      const answer = known ?? (await serve(request.url ?? '/', body)) ?? away;
      if (key !== undefined) answers.set(`${key}`, answer);
      response.writeHead(answer === away ? 503 : 200, { 'content-type': 'application/fhir+json' });
      response.end(JSON.stringify(answer));
    } catch {
      response.writeHead(500).end('{}');
    }
  });
}

interface Row extends Readonly<Partial<Record<string, string>>> {}
interface Patient {
  readonly name: readonly { readonly family: string; readonly given: readonly string[] }[];
  readonly birthDate: string;
}
interface Body {
  readonly slot?: readonly { readonly reference: string }[];
  readonly participant?: readonly { readonly actor: { readonly reference: string } }[];
  readonly parameter?: readonly { readonly valueReference: { readonly reference: string } }[];
}

async function bodyOf(request: IncomingMessage): Promise<Body & Patient> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text.startsWith('{') ? text : '{}');
}

const halfHour = 30 * 60_000;
const away = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'transient', details: { coding: [{ code: 'emr-away' }] } }],
};

function proposed(id: string) {
  const [start = '', prov, op] = id.split('~');
  const actors = [`Practitioner/${prov}`, `Location/${op}`];
  return {
    resourceType: 'Appointment',
    id,
    status: 'proposed',
    start: new Date(instant(start)).toISOString(),
    end: new Date(instant(start) + halfHour).toISOString(),
    participant: actors.map((reference) => ({ actor: { reference } })),
  };
}

/** Phoenix: UTC-7 all year. */
function instant(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}-07:00`);
}

function local(at: number): string {
  return new Date(at - 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
