import { type AdapterContext, type ConnectionSettings, Failure, z } from '#adapter-kit/index.ts';

const idList = z
  .string()
  .max(1_000)
  .regex(/^([1-9]\d{0,17}(, ?[1-9]\d{0,17}){0,49})?$/);

/** What a practice tells us about its athenaOne. Without who, where and what nothing can be found. */
export const settings = z.strictObject({
  /** Ids of the departments where is booked. */
  departments: idList.default('').meta({
    title: 'Departments',
    description:
      'Ids of the departments where visits are booked, with commas between them, for example 12, 14.',
    required: true,
  }),
  /** Ids of the providers who are booked, as the API lists them: the first of several of one person. */
  providers: idList.default('').meta({
    title: 'Providers',
    description: 'Ids of the providers who are booked, with commas between them, for example 71, 72.',
    required: true,
  }),
  /** Visit types: `reason:…` is booked by a patient-facing reason, `type:…` by an appointment type of the staff. */
  visitTypes: z
    .string()
    .max(4_000)
    .regex(/^((reason|type):[1-9]\d{0,17};[^,;]{1,80};[1-9]\d{0,2}(, ?(?!$)|$))*$/)
    .default('')
    .meta({
      title: 'Visit types',
      description:
        'Each as reason:id;name;minutes or type:id;name;minutes, with commas between them, for example reason:962;Office Visit;15.',
      required: true,
    }),
  /** Department in which callers who are new are created; empty: staff create them. */
  newPatientDepartment: z
    .string()
    .regex(/^([1-9]\d{0,17})?$/)
    .default('')
    .meta({
      title: 'Department for new patients',
      description: 'Id of the department that callers who are new belong to. Without it your staff add them.',
    }),
  /** A time that a caller thinks about is frozen in athenaOne too. */
  freezeHeldTimes: z.boolean().default(false).meta({
    title: 'Freeze held times in athenaOne',
    description:
      'A time that a caller is thinking about is frozen for minutes. Only where nobody else freezes times that are open to callers: athenaOne does not say who froze one.',
  }),
  /** The queue of changes is read, and subscribed to where it is not; false where another program reads it by our key. */
  changeFeed: z.boolean().default(true),
});
export type Settings = z.infer<typeof settings>;

export function ownSettings(given: ConnectionSettings): Settings {
  return settings.parse(given);
}

/** How a slot is searched and booked: by a patient-facing reason, or by an appointment type of the staff. */
export interface Visit {
  readonly by: 'reason' | 'type';
  readonly id: string;
}
export interface VisitType extends Visit {
  /** `reason:962`. */
  readonly ref: string;
  readonly display: string;
  readonly minutes: number;
}
export interface Practice {
  readonly departments: readonly string[];
  readonly providers: readonly string[];
  readonly visitTypes: readonly VisitType[];
}

export function practiceOf({ settings: given }: Pick<AdapterContext, 'settings'>): Practice {
  const own = ownSettings(given);
  return {
    departments: [...new Set(listOf(own.departments))],
    providers: [...new Set(listOf(own.providers))],
    visitTypes: listOf(own.visitTypes).flatMap((entry) => {
      const [ref = '', display = '', minutes = ''] = entry.split(';');
      const visit = parseVisit(ref);
      return visit === undefined ? [] : [{ ...visit, ref, display, minutes: Number(minutes) }];
    }),
  };
}

export function isNamed({ departments, providers, visitTypes }: Settings): boolean {
  return [departments, providers, visitTypes].every((each) => each !== '');
}

/** @throws Failure `capability-missing` while nobody has said who, where or for what */
export function namedPractice(ctx: Pick<AdapterContext, 'settings'>): Practice {
  if (!isNamed(ownSettings(ctx.settings))) throw new Failure('capability-missing');
  return practiceOf(ctx);
}

/** `reason:962`, `type:82`. Reason -1, any slot whatever the reason, is none: it shows slots that nobody can book. */
export function parseVisit(ref: string): Visit | undefined {
  const [, by, id] = /^(reason|type):([1-9]\d{0,17})$/.exec(ref) ?? [];
  return (by === 'reason' || by === 'type') && id !== undefined ? { by, id } : undefined;
}

function listOf(text: string): readonly string[] {
  return text.split(',').flatMap((each) => each.trim() || []);
}
