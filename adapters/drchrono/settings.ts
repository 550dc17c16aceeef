import { type AdapterContext, z } from '#adapter-kit/index.ts';

const ids = z
  .string()
  .max(2_000)
  .regex(/^(\s*[1-9]\d{0,14}\s*(,\s*[1-9]\d{0,14}\s*)*)?$/);

/** What a practice may set for its connection; everything else follows from DrChrono itself. */
export const settings = z.strictObject({
  /** IANA zone of all its times; empty takes each doctor's own. Offices have none, and no other zone is ever assumed. */
  timeZone: z
    .string()
    .regex(/^([A-Za-z][A-Za-z0-9_+/-]{1,63})?$/)
    .default(''),
  /** Ids of the doctors who are booked through us, with commas; empty for all. */
  doctors: ids.default(''),
  /** Ids of the offices where they are; empty for all. */
  offices: ids.default(''),
  /** Rooms by office, `415001/1, 415001/2`; empty for all. */
  rooms: z
    .string()
    .max(2_000)
    .regex(/^(\s*[1-9]\d{0,14}\/[1-9]\d?\s*(,\s*[1-9]\d{0,14}\/[1-9]\d?\s*)*)?$/)
    .default(''),
  /** Only rooms that are marked for online scheduling. */
  onlineRoomsOnly: z.boolean().default(false),
  /**
   * Where open times come from. `availability`: DrChrono's own answer, a request for each doctor and room. `computed`:
   * hours of work, no request. `auto`: computed for doctors whose hours DrChrono tells, its own answer for the others.
   */
  openTimes: z.enum(['auto', 'availability', 'computed']).default('auto'),
  /** Computed starts are multiples of this after midnight; 0: visits follow one another from the beginning of the hours. */
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
  /** Without any hours of work, an office's own hours are taken for its owner's, from Monday to Friday. */
  officeHoursAreWorked: z.boolean().default(false),
  /** A visit type that has templates is offered inside of them only. */
  templatesLimit: z.boolean().default(true),
  /** A cancelled visit still takes its time: some desks draw blocks that way. */
  cancelledIsBusy: z.boolean().default(false),
  /** A visit to which nobody came still takes its time. */
  noShowIsBusy: z.boolean().default(false),
  /** Id of the doctor whose patients new ones become; empty takes `userDoctor`. */
  newPatientDoctor: z
    .string()
    .regex(/^([1-9]\d{0,14})?$/)
    .default(''),
  /** Learned by the probe: the doctor of the person who said yes. */
  userDoctor: z
    .string()
    .regex(/^([1-9]\d{0,14})?$/)
    .default(''),
  /** Learned by the probe: whether DrChrono answers about open times. */
  availabilityAnswers: z.boolean().default(true),
  /** Learned by the probe: which practice its deliveries are about. */
  practiceGroup: z
    .string()
    .regex(/^([1-9]\d{0,14})?$/)
    .default(''),
});
export type Settings = z.infer<typeof settings>;

export function settingsOf(ctx: AdapterContext): Settings {
  return settings.parse(ctx.settings);
}
