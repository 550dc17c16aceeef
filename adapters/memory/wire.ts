import { grammar, markersIn, z } from '#adapter-kit/index.ts';

/** What the EMR sends, in its own words. Each schema drops what it does not name. */
const id = z.string().regex(grammar.id.pattern);
const instant = z.iso.datetime({ offset: true });

export const house = z.object({
  version: z.string(),
  staff: z.array(z.object({ id, name: z.string() })),
  rooms: z.array(z.object({ id, name: z.string() })),
});
export type House = z.infer<typeof house>;

/** When somebody works, and where. */
export const hours = z.object({ staff: id, room: id, from: instant, to: instant });
export type Hours = z.infer<typeof hours>;

export const visit = z.object({
  id,
  person: id,
  staff: id,
  room: id,
  start: instant,
  minutes: z.int().positive(),
  state: z.enum(['planned', 'cancelled', 'missed']),
  /** Free text of the office: only our markers come through. */
  note: z.string().transform(markersIn),
  made: instant,
  revision: z.int(),
});
export type Visit = z.infer<typeof visit>;

export const person = z.object({
  id,
  family: z.string(),
  given: z.string(),
  born: z.string().regex(grammar.date.pattern),
  gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
  left: z.boolean(),
});
export type Person = z.infer<typeof person>;

export const made = z.object({ id });

/** What we send. A body that does not parse never leaves. */
const time = { staff: id, room: id, start: instant, minutes: z.int().positive() };
const name = z.string().max(grammar.personName.maxLength).regex(grammar.personName.pattern);
export const newVisit = z.strictObject({ ...time, person: id, note: z.string().max(20) });
export const movedVisit = z.strictObject({ ...time, state: z.literal('planned') });
export const cancelledVisit = z.strictObject({ state: z.literal('cancelled') });
export const newPerson = z.strictObject({
  family: name,
  given: name,
  born: z.string().regex(grammar.date.pattern),
  gender: person.shape.gender,
});
