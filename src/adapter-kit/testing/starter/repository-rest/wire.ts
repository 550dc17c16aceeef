import { grammar, z } from '#adapter-kit/index.ts';

/** What the EMR sends, in its own words. Each schema drops what it does not name. */
const id = z.string().regex(grammar.id.pattern);
const instant = z.iso.datetime({ offset: true });

export const status = z.object({ version: z.string() });
export type Status = z.infer<typeof status>;

export const named = z.object({ id, name: z.string() });
export type Named = z.infer<typeof named>;

/** When somebody works, and where. */
export const hours = z.object({ provider: id, room: id, from: instant, to: instant });
export type Hours = z.infer<typeof hours>;

export const visit = z.object({
  id,
  provider: id,
  room: id,
  start: instant,
  minutes: z.int().positive(),
  cancelled: z.boolean(),
});
export type Visit = z.infer<typeof visit>;
