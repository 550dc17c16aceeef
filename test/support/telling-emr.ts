import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Appointment } from '@medplum/fhirtypes';
import { type Adapter, type Operations, type Webhooks, z } from '#adapter-kit/index.ts';
import { replaceWebhookSecret } from '#scheduling/consent/webhook-secret.ts';
import { rowId } from '#scheduling/ids.ts';
import { listConnections, saveLearnedSettings } from '#store/connections.ts';
import { insertConsent } from '#store/consents.ts';
import { approveRegistrationRow, insertRegistration } from '#store/oauth-registrations.ts';
import { openDental } from '../../adapters/open-dental/index.ts';
import type { TestGateway } from './gateway.ts';
import type { TestPractice } from './practice.ts';
import type { LedgerEntry } from './simulator.ts';

/** How the EMR of these tests calls. */
export const calls: Webhooks = {
  setUp: 'At the desk, under Calls.',
  addressCheck: { query: 'msg', answer: 'proof' },
  secretHeader: 'x-emr-secret',
  deliveryHeader: 'x-emr-delivery',
  eventHeader: 'x-emr-event',
  events: ['VISIT_CHANGED', 'VISIT_DELETED'],
  body: z
    .looseObject({ group: z.number(), visit: z.looseObject({ id: z.string() }) })
    .transform(({ group, visit }) => ({ tenant: String(group), appointment: visit.id })),
  tenantSetting: 'group',
};

/** Open Dental as if it called when something changed; with `changes`, as if it could be asked, too. */
export function tellingEmr(changes?: Operations['changes']): Adapter {
  const operations = Object.fromEntries(
    Object.entries({ ...openDental.operations, ...(changes && { changes }) }).map(([name, run]) => [
      name,
      // Open Dental knows nothing of the setting by which its calls name a practice.
      (ctx: Parameters<Operations['probe']>[0], ...rest: unknown[]) => {
        const { group: _, ...settings } = ctx.settings;
        return (run as (...all: unknown[]) => unknown)({ ...ctx, settings }, ...rest);
      },
    ]),
  ) as unknown as Operations; // the same names, the same functions
  return {
    ...openDental,
    operations,
    ...(changes && { capabilities: { ...openDental.capabilities, changes: { everyMinutes: 5 } } }),
    webhooks: calls,
  };
}

export interface TestHook {
  readonly context: string;
  readonly url: string;
  readonly secret: string;
  /** The number by which its calls name the practice. */
  readonly group: number;
  readonly connectionId: string;
  /** Calls as the EMR does, and gives the status. */
  call(delivery: Delivery): Promise<number>;
}
export interface Delivery {
  /** The EMR's id of the visit. */
  readonly visit?: string;
  readonly group?: number;
  readonly event?: string;
  readonly delivery?: string;
  readonly secret?: string;
  /** Members that no hook reads. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** In the place of what the EMR would send. */
  readonly text?: string;
}

/** As if the practice had consented at the EMR by a registration of ours, and the EMR had been told where to call. */
export async function addHook(
  gateway: TestGateway,
  practice: TestPractice,
  context: string,
  group: number,
  clientId = context,
): Promise<TestHook> {
  const { database, consent } = gateway.gateway;
  await addTestRegistration(gateway, context, { clientId });
  const connectionId = await database.withPractice(practice.id, async (tx) => {
    const [connection] = await listConnections(tx);
    assert.ok(connection);
    await saveLearnedSettings(tx, connection.connectionId, { group });
    await insertConsent(tx, practice.id, {
      consentId: rowId(),
      connectionId: connection.connectionId,
      context,
      asked: [],
      granted: [],
      verdict: 'full',
      unverified: false,
      consentedAt: new Date(gateway.now()),
    });
    return connection.connectionId;
  });
  const by = { person: 'Kim Lee', reason: 'a test' };
  const made = await replaceWebhookSecret(consent, by, context);
  const hook = { context, url: made.url, secret: made.secret.reveal(), group, connectionId };
  return {
    ...hook,
    async call({ visit = '1', more = {}, ...given }) {
      const body =
        given.text ?? JSON.stringify({ group: given.group ?? group, visit: { id: visit }, ...more });
      const answer = await fetch(made.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-emr-secret': given.secret ?? hook.secret,
          'x-emr-delivery': given.delivery ?? randomUUID(),
          'x-emr-event': given.event ?? 'VISIT_CHANGED',
        },
        body,
        redirect: 'manual',
      });
      assert.equal(await answer.text(), '', 'Nobody reads a body.');
      return answer.status;
    },
  };
}

/** A registration whose addresses a person has looked at, unless `approved` is false. */
export async function addTestRegistration(
  { gateway: { database }, now }: TestGateway,
  context: string,
  { approved = true, adapter = 'open-dental', clientId = context } = {},
): Promise<void> {
  await database.withoutPractice(async (tx) => {
    const metadata = { issuer: 'https://emr.example', token_endpoint: 'https://emr.example/token' };
    await insertRegistration(tx, {
      context,
      adapter,
      kind: 'simulator',
      origin: 'http://127.0.0.1:9/emr',
      grantType: 'authorization_code',
      clientId,
      clientAuthentication: 'none',
      clientSecret: undefined,
      privateJwk: undefined,
      publicJwk: undefined,
      scopeDialect: 'v2',
      metadata,
      approvedAt: undefined,
      retiredAt: undefined,
      createdAt: new Date(now()),
    });
    if (approved) await approveRegistrationRow(tx, context, metadata, new Date(now()));
  });
}

/** The EMR's entry of a visit that was booked through us. */
export async function entryOf(
  { simulator }: TestPractice,
  { start = '' }: Appointment,
): Promise<LedgerEntry> {
  const found = (await simulator.booked()).filter((one) => Date.parse(one.start) === Date.parse(start));
  assert.equal(found.length, 1);
  return found[0] as LedgerEntry; // one was found
}

/** Phase and reason of the newest intent that stands for an appointment of ours. */
export async function standing({ database }: TestGateway, appointmentId: string): Promise<string> {
  const { rows } = await database.asOwner(
    'select phase, result_code from booking_intent where target_id = $1 order by intent_id desc limit 1',
    [appointmentId],
  );
  return [rows[0]?.phase, rows[0]?.result_code].filter(Boolean).join(' ');
}

/** How many hints wait to be looked at. */
export async function waiting({ database }: TestGateway): Promise<number> {
  const { rows } = await database.asOwner('select count(*) from change_hint');
  return Number(rows[0].count);
}

/** Resolves when the gateway's own rounds have followed every hint. */
export async function untilLooked(gateway: TestGateway): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await waiting(gateway)) > 0) {
    assert.ok(Date.now() < deadline, 'Hints are looked at.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
