import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '#domain/failure.ts';
import { outcomeOf } from '#fhir/operation-outcome.ts';
import { attemptOf, nilAgent } from '#scheduling/caller.ts';
import { rowId } from '#scheduling/ids.ts';
import { openJobQueue } from '#store/job-queue.ts';
import { insertOutboxEvent } from '#store/outbox.ts';
import { insertQueueEntry } from '#store/queue-entries.ts';
import type { Stage } from './canary-drive.ts';
import { listen } from './canary-sinks.ts';

/** A small wrong version of something, and the sink in which its canary must be found. */
export interface PlantedLeak {
  readonly name: string;
  readonly sink: string;
  /** @returns the canary that it leaks */
  readonly plant: (stage: Stage) => Promise<string>;
}

export const plantedLeaks: readonly PlantedLeak[] = [
  {
    name: 'the request’s body in the log',
    sink: 'log',
    async plant({ gateway, canaries }) {
      const family = canaries.name('body in the log');
      const body = { resourceType: 'Patient', name: [{ family }] };
      gateway.gateway.scheduling.report({
        event: 'intent.note',
        intent: rowId(),
        note: JSON.stringify(body),
      });
      return family;
    },
  },
  {
    name: 'the address instead of the route in the log',
    sink: 'log',
    async plant({ gateway, canaries }) {
      const family = canaries.name('address in the log');
      const url = `/fhir/R4/Practitioner?${new URLSearchParams({ name: `${family} é` })}`;
      gateway.gateway.scheduling.report({ event: 'request.failed', request: rowId(), error: url });
      return family;
    },
  },
  {
    name: 'an error’s message with the input of a schema',
    sink: 'log',
    async plant({ gateway, canaries }) {
      const born = canaries.birthDate('message of a schema');
      const parsed = z.strictObject({ born: z.number() }).safeParse({ born }, { reportInput: true });
      const error = JSON.stringify(parsed.error?.issues);
      gateway.gateway.scheduling.report({ event: 'request.failed', request: rowId(), error });
      return born;
    },
  },
  {
    name: 'a name as the label of a metric',
    sink: 'operator door /metrics',
    async plant({ gateway, canaries }) {
      const family = canaries.name('label of a metric');
      const route = `GET /patients/Simple?LName=${encodeURIComponent(family)}`;
      gateway.gateway.scheduling.report({
        event: 'emr.exchange',
        connection: rowId(),
        route,
        status: 'ok',
        ms: 1,
      });
      return family;
    },
  },
  {
    name: 'a database error printed with its detail',
    sink: 'printed',
    async plant({ gateway, canaries }) {
      const email = canaries.email('detail of a database error');
      await gateway.database
        .asOwner('create table trap.one (email text check (email is null))')
        .then(() => gateway.database.asOwner('insert into trap.one values ($1)', [email]))
        .catch((error) => process.stderr.write(`${JSON.stringify(error)}\n`));
      return email.split('@')[0] ?? '';
    },
  },
  {
    name: 'details of a queue entry that nobody sealed',
    sink: 'table postern.queue_entry',
    async plant({ gateway, practice, canaries }) {
      const phone = canaries.phone('unsealed column');
      const details = Buffer.from(JSON.stringify({ newPatient: { phone } }));
      const entry = { entryId: rowId(), intentId: undefined, reasonCode: 'unproven', details };
      await gateway.gateway.database.withPractice(practice.id, (tx) =>
        insertQueueEntry(tx, practice.id, entry),
      );
      return phone;
    },
  },
  {
    name: 'the EMR’s number of a patient in the audit trail',
    sink: 'table postern.audit_event',
    async plant({ gateway, practice, canaries }) {
      const number = canaries.plant(String(4_815_160_000 + 987_654), 'number', 'number in the audit trail');
      const { audit } = gateway.gateway.scheduling;
      const caller = {
        practiceId: practice.id,
        agentId: nilAgent,
        actor: 'system:test',
        requestId: rowId(),
        origin: 'job',
      } as const;
      const attempt = attemptOf(caller, { action: 'patient.read', resourceId: number });
      await audit.write(practice.id, { ...attempt, outcome: 'success' });
      return number;
    },
  },
  {
    name: 'a name in the subject of an outbox event',
    sink: 'table postern.outbox',
    async plant({ gateway, practice, canaries }) {
      const given = canaries.name('subject of an outbox event');
      const subject = { operation: rowId(), patient: Buffer.from(`for ${given} only`).toString('base64') };
      await gateway.gateway.database.withPractice(practice.id, (tx) =>
        insertOutboxEvent(tx, practice.id, { eventId: rowId(), type: 'appointment.booked', subject }),
      );
      return given;
    },
  },
  {
    name: 'a birth date in the payload of a job that is gone a moment later',
    sink: 'table boss.job_common',
    async plant({ gateway, practice, canaries }) {
      const born = canaries.birthDate('payload of a job');
      const [year, month, day] = born.split('-');
      const queue = await openJobQueue(gateway.gateway.database);
      const intent = rowId();
      await queue.send('intents', { practice: practice.id, intent, born: `${month}/${day}/${year}` }, intent);
      const taken = await queue.take('intents', 100);
      await queue.finish(
        'intents',
        taken.map(({ id }) => id),
      );
      await queue.stop();
      return born;
    },
  },
  {
    name: 'a Location header with a name',
    sink: 'answer to POST /fhir/R4/Patient 201',
    async plant({ ask, canaries }) {
      const family = canaries.name('Location header');
      const url = await listen((_request, response) => {
        response.writeHead(201, { location: `/fhir/R4/Patient/${encodeURIComponent(family)}` }).end('{}');
      });
      await ask('POST', `${url}/fhir/R4/Patient`, { body: '{}', token: null });
      return family;
    },
  },
  {
    name: 'the EMR’s words in diagnostics',
    sink: 'answer to GET /fhir/R4/Slot 422',
    async plant({ ask, canaries }) {
      const born = canaries.birthDate('diagnostics');
      const [year, month, day] = born.split('-');
      const hint = `Patient born ${day}.${month}.${year} already exists.`;
      const { status, body } = outcomeOf(new Failure('business-rule', { hint }));
      const url = await listen((_request, response) => {
        response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
      });
      await ask('GET', `${url}/fhir/R4/Slot`, { token: null });
      return born;
    },
  },
  {
    name: 'a phone in a file of the gateway',
    sink: 'file leak.jsonl',
    async plant({ gateway, canaries }) {
      const phone = canaries.phone('file');
      const digits = phone.replaceAll(/\D/g, '');
      await mkdir(join(gateway.folder, 'checkpoints'), { recursive: true });
      await writeFile(
        join(gateway.folder, 'checkpoints', 'leak.jsonl'),
        Buffer.from(`{"n":"${digits}"}`, 'utf16le'),
      );
      return phone;
    },
  },
];
