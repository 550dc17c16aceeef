import { type AdapterContext, z } from '#adapter-kit/index.ts';

/** What a practice may set for its connection; everything else follows from Open Dental itself. */
export const settings = z.strictObject({
  /** A broken visit that stays on the schedule still takes its chair, as it does for Open Dental's own search. */
  brokenBlocks: z.boolean().default(true),
  /** A note that the desk put on the schedule takes its chair. */
  patientNotesBlock: z.boolean().default(true),
  /**
   * A practice-wide schedule row closes that day. Open Dental uses such rows for holidays and for notes and does not
   * tell them apart by its API; with `false` neither closes the practice.
   */
  practiceRowMeansClosed: z.boolean().default(true),
  /** Only chairs of this clinic, where one database serves several; 0 for all. */
  clinicNum: z.int().nonnegative().default(0),
  /** Starts are multiples of this after midnight; 0 takes the office's own setting. */
  gridMinutes: z
    .union([
      z.literal(0),
      z.literal(5),
      z.literal(10),
      z.literal(15),
      z.literal(20),
      z.literal(30),
      z.literal(60),
    ])
    .default(0),
});
export type Settings = z.infer<typeof settings>;

export function settingsOf(ctx: AdapterContext): Settings {
  return settings.parse(ctx.settings);
}
