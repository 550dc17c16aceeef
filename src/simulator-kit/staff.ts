import { z } from 'zod';

const id = z.union([z.string(), z.number()]).transform(String);
const start = z.iso.datetime({ offset: true });

/**
 * What the front desk can be told to do by `POST /__sim/staff`. `start` is an instant with offset. The desk is not
 * asked whether a chair is free: it books over whatever is there.
 */
export const staffAction = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('book'),
    patientId: id,
    practitionerId: id,
    locationId: id,
    start,
    minutes: z.int().min(5).max(540).default(30),
    note: z.string().default(''),
  }),
  z.strictObject({
    action: z.literal('move'),
    id,
    start,
    practitionerId: id.optional(),
    locationId: id.optional(),
  }),
  z.strictObject({ action: z.literal('cancel'), id }),
  z.strictObject({ action: z.literal('noshow'), id }),
  z.strictObject({ action: z.literal('note'), id, note: z.string() }),
  z.strictObject({ action: z.literal('delete'), id }),
]);

export type StaffAction = z.infer<typeof staffAction>;
