import type {
  Appointment,
  Bundle,
  CapabilityStatement,
  OperationOutcome,
  Parameters,
  Resource,
} from '@medplum/fhirtypes';
import type { EmrAnswer } from '#simulator-kit/index.ts';
import { keepBook } from './book.ts';
import { keepDesk } from './desk.ts';
import { type OperationNames, scheduleByOperations } from './find-and-book.ts';
import { openRepository, type StoreRequest } from './repository.ts';
import { seed } from './seed.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * An EMR out of a FHIR repository: what the repository does not do, FHIR's own rules for answers (ETag, Location, links
 * between pages) and the rule about slots, is done here.
 */
export function openEmr(base: string, names: OperationNames | undefined) {
  const store = openRepository();
  const book = keepBook(store);
  const desk = keepDesk(store, book);
  const operations = names && scheduleByOperations(store, book, names);

  const perform = async (asked: Asked, isStale: boolean): Promise<EmrAnswer> => {
    if (asked.headers.authorization !== 'Bearer conformance') return problem(401, 'login');
    if (asked.path === '/metadata') return resource(200, statement(names));
    if (asked.method === 'GET' || asked.path.endsWith('/_search')) return read(asked, isStale);
    await store.remember();
    const answer = await write(asked);
    await book.settle();
    return answer;
  };

  async function read(asked: Asked, isStale: boolean): Promise<EmrAnswer> {
    if (asked.path === '/Appointment/$find') {
      const refusal = await operations?.refusalOf(asked.query);
      if (refusal !== undefined) return problem(400, 'invalid', refusal);
      return operations === undefined
        ? problem(404, 'not-supported')
        : resource(200, await operations.find(asked.query));
    }
    const size = Math.min(Number(asked.query.get('_count') ?? most), most);
    asked.query.set('_count', String(size));
    const request: StoreRequest = asked.path.endsWith('/_search')
      ? {
          method: 'POST',
          url: asked.path.slice(1),
          body: Object.fromEntries(new URLSearchParams(asked.body)),
        }
      : { method: 'GET', url: `${asked.path.slice(1)}?${asked.query}` };
    const answer = isStale ? await store.askPast(request) : await store.ask(request);
    if (answer.resource?.resourceType === 'Bundle') return resource(200, page(answer.resource, asked, size));
    return answer.resource === undefined ? problem(404, 'not-found') : resource(200, answer.resource);
  }

  /** Pages of at most sixty, whatever was asked for; their total counts the page, as some servers have it. */
  function page({ entry = [], total = 0 }: Bundle, { path, query }: Asked, size: number): Bundle {
    const offset = Number(query.get('_offset') ?? 0);
    const next = new URLSearchParams(query);
    next.set('_offset', String(offset + size));
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      total: entry.length,
      link: [
        { relation: 'self', url: `${base}${path}?${query}` },
        ...(offset + size < total ? [{ relation: 'next' as const, url: `${base}${path}?${next}` }] : []),
      ],
      entry,
    };
  }

  async function write(asked: Asked): Promise<EmrAnswer> {
    // A body that is no JSON is a defect of the test.
    const body: unknown = JSON.parse(asked.body);
    if (asked.path === '/Appointment/$book') return bookTime(body as Parameters);
    if (asked.path === '/Appointment') return create(body as Appointment, asked.headers['if-none-exist']);
    const request = { url: asked.path.slice(1), body, headers: asked.headers };
    if (asked.method === 'PATCH') return change(request);
    return created((await store.ask({ ...request, method: 'POST' })).resource, base, false);
  }

  async function create(appointment: Appointment, ifNoneExist: string | undefined): Promise<EmrAnswer> {
    if (ifNoneExist !== undefined) {
      const { resource: found } = await store.ask({ method: 'GET', url: `Appointment?${ifNoneExist}` });
      const [first, ...more] = found?.resourceType === 'Bundle' ? (found.entry ?? []) : [];
      if (more.length > 0) return problem(412, 'multiple-matches');
      if (first?.resource !== undefined) return { ...created(first.resource, base, true), status: 200 };
    }
    const refusal = await book.refusal(appointment);
    if (refusal !== undefined) return problem(refusal === 'taken' ? 409 : 422, 'conflict');
    const answer = await store.ask({ method: 'POST', url: 'Appointment', body: appointment });
    desk.note(answer.resource?.id ?? '', 'api', 'book');
    return created(answer.resource, base, true);
  }

  async function bookTime(parameters: Parameters): Promise<EmrAnswer> {
    const appointment = await operations?.asAppointment(parameters);
    if (appointment === undefined) return problem(404, 'not-found');
    const refusal = await book.refusal(appointment);
    // Argonaut: the answer is a success that holds a cancelled appointment.
    if (refusal !== undefined)
      return resource(200, collection({ ...appointment, id: 'declined', status: 'cancelled' }));
    const { resource: made } = await store.ask({ method: 'POST', url: 'Appointment', body: appointment });
    desk.note(made?.id ?? '', 'api', 'book');
    return made === undefined ? problem(500, 'exception') : resource(201, collection(made));
  }

  async function change(request: Omit<StoreRequest, 'method'>): Promise<EmrAnswer> {
    const id = request.url.split('/')[1] ?? '';
    const before = (await store.list('Appointment')).find((each) => each.id === id);
    if (before === undefined) return problem(404, 'not-found');
    const { resource: after, outcome } = await store.ask({ ...request, method: 'PATCH' });
    if (after?.resourceType !== 'Appointment')
      return problem(isStaleVersion(outcome) ? 412 : 400, 'conflict');
    if (after.status === 'booked' && !(await canTake(before, after))) {
      await store.put(before);
      return problem(409, 'conflict');
    }
    desk.note(id, 'api', after.status === 'cancelled' ? 'cancel' : 'move');
    return { status: 200, headers: { etag: `W/"${after.meta?.versionId}"` } };
  }

  /** Is every slot free, or one that it had already? */
  async function canTake(before: Appointment, after: Appointment): Promise<boolean> {
    const mine = (before.slot ?? []).map(({ reference }) => reference);
    const wanted = (after.slot ?? []).map(({ reference }) => reference);
    const slots = (await store.list('Slot')).filter(({ id }) => wanted.includes(`Slot/${id}`));
    return (
      slots.length === wanted.length &&
      slots.every((slot) => slot.status === 'free' || mine.includes(`Slot/${slot.id}`))
    );
  }

  return {
    perform,
    desk,
    reset: async () => {
      await store.reset(seed(Date.now(), names));
      desk.reset();
    },
  };
}

const most = 60;

function resource(status: number, value: Resource): EmrAnswer {
  const version = value.meta?.versionId;
  return {
    status,
    headers: {
      'content-type': 'application/fhir+json; charset=utf-8',
      ...(version !== undefined && { etag: `W/"${version}"` }),
    },
    body: JSON.stringify(value),
  };
}

export function problem(
  status: number,
  code: OperationOutcome['issue'][number]['code'],
  text = 'canary',
): EmrAnswer {
  return resource(status, {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, diagnostics: text }],
  });
}

/** 201 with `Location`, with the resource or without a body. */
function created(made: Resource | undefined, base: string, withBody: boolean): EmrAnswer {
  if (made === undefined) return problem(422, 'business-rule');
  const location = `${base}/${made.resourceType}/${made.id}/_history/${made.meta?.versionId}`;
  const { headers = {}, body = '' } = resource(201, made);
  return { status: 201, headers: { ...headers, location }, ...(withBody && { body }) };
}

function collection(made: Resource): Bundle {
  return { resourceType: 'Bundle', type: 'transaction-response', entry: [{ resource: made }] };
}

function isStaleVersion({ issue = [] }: OperationOutcome): boolean {
  return issue.some(({ details }) => details?.text === 'Precondition Failed');
}

function statement(names: OperationNames | undefined): CapabilityStatement {
  const canonical = {
    argonaut: 'http://fhir.org/guides/argonaut-scheduling/OperationDefinition',
    ihe: 'https://profiles.ihe.net/ITI/Scheduling/OperationDefinition',
    medplum: 'https://medplum.com/fhir/OperationDefinition',
  };
  const interactions = (...codes: readonly ('read' | 'search-type' | 'create' | 'patch')[]) => ({
    interaction: codes.map((code) => ({ code })),
  });
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-01-01',
    kind: 'capability',
    fhirVersion: '4.0.1',
    format: ['json'],
    software: { name: 'FHIR router', version: '5.2.13' },
    rest: [
      {
        mode: 'server',
        resource: [
          { type: 'Slot', ...interactions('read', 'search-type') },
          { type: 'Patient', ...interactions('read', 'search-type', 'create') },
          {
            type: 'Appointment',
            versioning: 'versioned',
            conditionalCreate: true,
            ...interactions('read', 'search-type', 'create', 'patch'),
            ...(names && {
              operation: ['find', 'book'].map((name) => ({
                name,
                definition: `${canonical[names]}/appointment-${name}`,
              })),
            }),
          },
        ],
      },
    ],
  };
}
