import { z } from 'zod';
import { Failure } from '#domain/failure.ts';
import { cancellationReason } from './book.ts';

/** The one change a patch may make. */
export interface CancelPatch {
  readonly kind: 'cancel';
  /** Statuses of which the appointment must now have each (`test` operations, RFC 6902 §4.6). */
  readonly expectedStatuses: readonly string[];
  /** Code of the HL7 appointment cancellation reasons. */
  readonly reason?: string;
}

/**
 * Reads a JSON Patch (RFC 6902) of an Appointment. The set is closed: it sets `/status` to `cancelled`, may give
 * `/cancelationReason`, and may test `/status` first. Everything else about an appointment changes by `$book`.
 *
 * @throws Failure `malformed-resource`, `forbidden-transition`
 */
export function readCancelPatch(body: unknown): CancelPatch {
  const parsed = patchSchema.safeParse(body);
  if (!parsed.success)
    throw new Failure('malformed-resource', {
      expression: 'Patch',
      hint: 'Send a JSON Patch: an array of operations (RFC 6902).',
    });
  const expectedStatuses: string[] = [];
  let cancelled = false;
  let reason: string | undefined;
  for (const [index, { op, path, value }] of parsed.data.entries()) {
    if (op === 'test' && path === '/status' && typeof value === 'string' && !cancelled)
      expectedStatuses.push(value);
    else if (isSet(op) && path === '/status' && value === 'cancelled') cancelled = true;
    else if (isSet(op) && path === '/cancelationReason') reason = reasonOf(value, index);
    else throw new Failure('forbidden-transition', { expression: `[${index}]`, hint: closedSet });
  }
  if (!cancelled) throw new Failure('forbidden-transition', { expression: '/status', hint: closedSet });
  return { kind: 'cancel', expectedStatuses, ...(reason !== undefined && { reason }) };
}

const closedSet =
  'A patch can set /status to cancelled and give /cancelationReason. Use $book with appointment-resource to move.';

const patchSchema = z
  .array(
    z.object({
      op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
      path: z.string().max(200),
      value: z.unknown().optional(),
    }),
  )
  .min(1)
  .max(20);

const reasonSchema = z.object({
  coding: z.array(z.object({ system: z.string().optional(), code: z.string().optional() })).optional(),
});

function isSet(op: string): boolean {
  return op === 'add' || op === 'replace';
}

function reasonOf(value: unknown, index: number): string | undefined {
  const parsed = reasonSchema.safeParse(value);
  if (!parsed.success) throw new Failure('malformed-resource', { expression: `[${index}].value` });
  const coding = (parsed.data.coding ?? []).map(({ system, code }) => ({
    ...(system && { system }),
    ...(code && { code }),
  }));
  return cancellationReason({ cancelationReason: { coding } });
}
