import { type AdapterContext, type ConnectionSettings, Failure, z } from '#adapter-kit/index.ts';
import { type FhirSettings, fhirSettings, listOf } from '../fhir-r4/index.ts';

/** What a practice tells us about its Epic. Without any one of these no time can be asked for. */
export const settings = z.strictObject({
  /** What stands between `1.2.840.114350.1.13.` and `.7.` in the OIDs of this environment; `0.1` in Epic's sandbox. */
  environment: z
    .string()
    .max(20)
    .regex(/^(\d{1,6}(\.\d{1,6}){0,2})?$/)
    .default('')
    .meta({
      title: 'Environment',
      description:
        'The number of your Epic in its OIDs, after 1.2.840.114350.1.13. and before .7., for example 236.2.',
      required: true,
    }),
  /** FHIR ids of the practitioners who are booked. */
  practitioners: fhirSettings.shape.practitioners.meta({ required: true }),
  /** FHIR ids of the departments where they are booked. */
  locations: fhirSettings.shape.locations.meta({ required: true }),
  /** Visit types: `code;name;minutes`, separated by commas. The minutes are the length that Epic gives the type. */
  serviceTypes: z
    .string()
    .max(4_000)
    .regex(/^([A-Za-z0-9-]{1,40};[^,;]{1,80};[1-9]\d{0,2}(, ?(?!$)|$))*$/)
    .default('')
    .meta({
      title: 'Visit types',
      description: 'Each as code;name;minutes, with commas between them, for example 1004;Office Visit;30.',
      required: true,
    }),
});
export type Settings = z.infer<typeof settings>;

export function isComplete({ environment, practitioners, locations, serviceTypes }: Settings): boolean {
  return [environment, practitioners, locations, serviceTypes].every((each) => each !== '');
}

export interface VisitType {
  readonly code: string;
  readonly display: string;
  readonly minutes: number;
}
export interface Practice {
  readonly environment: string;
  readonly practitioners: readonly string[];
  readonly locations: readonly string[];
  readonly visitTypes: readonly VisitType[];
}

/** @throws Failure `capability-missing` while a setting is empty */
export function practiceOf({ settings: given }: Pick<AdapterContext, 'settings'>): Practice {
  const own = settings.parse(given);
  if (!isComplete(own)) throw new Failure('capability-missing');
  return {
    environment: own.environment,
    practitioners: listOf(own.practitioners),
    locations: listOf(own.locations),
    visitTypes: visitTypesOf(own),
  };
}

export function visitTypesOf({ serviceTypes }: Pick<Settings, 'serviceTypes'>): readonly VisitType[] {
  return listOf(serviceTypes).map((entry) => {
    const [code = '', display = '', minutes = ''] = entry.split(';');
    return { code, display, minutes: Number(minutes) };
  });
}

/** Our settings as those of the base, which knows more ways than Epic has. */
export const asFhirSettings = settings.transform(
  ({ practitioners, locations, serviceTypes }): FhirSettings => ({
    ...fhirSettings.parse({}),
    practitioners,
    locations,
    serviceTypes,
  }),
);

export function ownSettings(given: ConnectionSettings): Settings {
  return settings.parse(given);
}
