import { randomUUID } from 'node:crypto';
import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import { appointments } from '../access.ts';
import { detail } from '../answer.ts';
import { originOf } from '../page.ts';
import { flagParam, intParam, onlyFields } from '../query.ts';
import type { Method, PracticeCall } from '../tables.ts';
import { appointmentOut } from '../wire/appointment.ts';
import { selectAppointments } from './appointment-reads.ts';

/** The bulk read: a POST that begins a job and writes nothing, and GETs until the job is done. */
export const appointmentsList: readonly Method[] = [
  {
    verb: 'POST',
    template: '/appointments_list',
    effect: 'read',
    ...appointments('read'),
    handle: startJob,
  },
  { verb: 'GET', template: '/appointments_list', ...appointments('read'), handle: readJob },
];

const PAGE_SIZE = 1000;
const MOST_PAGES = 1000;
const LIFE_MS = 3_600_000;

/** Everything is asked for in the query. A job is one page; the next page is another job. */
function startJob(call: PracticeCall): EmrAnswer {
  const { memory, request, now } = call;
  selectAppointments(call, now);
  const page = Math.min(Math.max(intParam(call, 'page') ?? 1, 1), MOST_PAGES);
  const id = randomUUID();
  memory.jobs.set(id, {
    practice: call.practice.id,
    query: String(request.query),
    page,
    createdAt: now,
    polls: 0,
  });
  return json(201, inProgress(call, id));
}

function readJob(call: PracticeCall): EmrAnswer {
  const { memory, settings, now } = call;
  const uuid = call.request.query.get('uuid') ?? '';
  const job = memory.jobs.get(uuid);
  if (job === undefined || job.practice !== call.practice.id || job.createdAt + LIFE_MS < now)
    return detail(404, 'Invalid uuid specified');
  if (job.polls++ < settings.bulkPolls) return json(200, inProgress(call, uuid));
  const asked: PracticeCall = {
    ...call,
    request: { ...call.request, query: new URLSearchParams(job.query) },
  };
  const size = Math.min(Math.max(intParam(asked, 'page_size') ?? PAGE_SIZE, 1), PAGE_SIZE);
  const byChange = asked.request.query.get('order_by') === 'updated_at';
  const rows = selectAppointments(asked, job.createdAt - settings.listLagMs).sort((one, other) =>
    byChange ? one.writtenAt - other.writtenAt : one.scheduledTime < other.scheduledTime ? -1 : 1,
  );
  const verbose = flagParam(asked, 'verbose');
  return json(200, {
    status: 'Complete',
    pagination: {
      count: rows.length,
      pages: Math.ceil(rows.length / size),
      page_size: size,
      page: job.page,
    },
    uuid,
    results: rows
      .slice((job.page - 1) * size, job.page * size)
      .map((row) => onlyFields(asked, appointmentOut(row, settings, verbose))),
  });
}

function inProgress(call: PracticeCall, uuid: string): object {
  const url = `${originOf(call)}/api/appointments_list?uuid=${uuid}`;
  return { status: 'In progress', uuid, description: `Call ${url} to get the list` };
}
