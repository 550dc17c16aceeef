/** Types that this server serves, and with which letters of `cruds` an app may ask for them. */
const scheduling: readonly (readonly [type: string, letters: string])[] = [
  ['Appointment', 'crus'],
  ['Location', 'rs'],
  ['Organization', 'rs'],
  ['Patient', 'rs'],
  ['Practitioner', 'rs'],
  ['PractitionerRole', 'rs'],
  ['Schedule', 'rs'],
  ['Slot', 'rs'],
];

/** Known to the EMR, so that an app can be granted too much; nothing of these types is served. */
const clinical = ['Condition', 'MedicationRequest', 'Observation', 'Coverage', '*'];

/** Every scope string of the vendor, SMART v1 and v2. */
export const OFFERED_SCOPES: readonly string[] = [
  'openid',
  'fhirUser',
  'profile',
  'launch',
  'launch/patient',
  'offline_access',
  'online_access',
  'epic.scanning.dmsusername',
  ...['patient', 'user', 'system'].flatMap((context) => [
    ...scheduling.flatMap(([type, letters]) => [
      `${context}/${type}.read`,
      ...(letters === 'rs' ? [] : [`${context}/${type}.write`]),
      ...subsets(letters).map((some) => `${context}/${type}.${some}`),
    ]),
    ...clinical.flatMap((type) => ['read', 'r', 's', 'rs'].map((some) => `${context}/${type}.${some}`)),
  ]),
];

/** What the token given by `--static-token` may do. */
export const STATIC_SCOPES: ReadonlySet<string> = new Set(
  scheduling.map(([type, letters]) => `user/${type}.${letters}`),
);

/** `crus` → `c`, `r`, `cr`, … `crus`: every part in the same order. */
function subsets(letters: string): string[] {
  const [first, ...rest] = letters;
  if (first === undefined) return [];
  const others = subsets(rest.join(''));
  return [first, ...others.map((some) => first + some), ...others];
}
