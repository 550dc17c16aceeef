import { z } from 'zod';

const id = z.union([z.string(), z.number()]).transform(String);
const start = z.iso.datetime({ offset: true });

/**
 * What the front desk can do about visits by `POST /__sim/staff`. `start` is an instant with offset. The desk is not
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

/** Somebody who is new, admitted as a patient: for an EMR whose API creates nobody. Nobody asks whether they are known. */
const admission = z.strictObject({
  action: z.literal('admit'),
  family: z.string().min(1),
  given: z.string().min(1),
  birthDate: z.iso.date(),
});

export type Admission = Omit<z.infer<typeof admission>, 'action'>;

/** All that `POST /__sim/staff` takes. */
export const deskAction = z.discriminatedUnion('action', [...staffAction.options, admission]);
