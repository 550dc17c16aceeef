import type { FhirSettings } from '../settings.ts';
import type { CapabilityStatement } from '../wire/resources.ts';

/** What a CapabilityStatement says of a server, as far as booking depends on it. */
export type Learned = Pick<FhirSettings, 'booking' | 'operationNames' | 'patch' | 'patientCreate'>;

/**
 * Decides how a server is booked: by its operations where it names both `$find` and `$book`, else by creating an
 * Appointment that refers to a Slot. Conditional create is chosen only when the server claims it and somebody has proven
 * it: a server that ignores `If-None-Exist` makes two.
 */
export function learnedFrom(
  statement: CapabilityStatement,
  { conditionalCreateProven }: Pick<FhirSettings, 'conditionalCreateProven'>,
): Learned {
  const server = statement.rest.find(({ mode }) => mode === 'server');
  const resources = new Map((server?.resource ?? []).map((each) => [each.type, each]));
  const appointment = resources.get('Appointment');
  const can = (type: string, interaction: string): boolean =>
    resources.get(type)?.interaction.some(({ code }) => code === interaction) === true;
  const operations = [...(appointment?.operation ?? []), ...(server?.operation ?? [])];
  const named = (name: string) => operations.find((each) => isNamed(each, name));
  const find = named('find');
  const canCreate = can('Appointment', 'create') && can('Slot', 'search-type');
  return {
    booking:
      find !== undefined && named('book') !== undefined
        ? 'operations'
        : !canCreate
          ? 'none'
          : conditionalCreateProven && appointment?.conditionalCreate === true
            ? 'conditional-create'
            : 'slot-reference',
    operationNames: namesOf(find?.definition ?? ''),
    patch: can('Appointment', 'patch') && appointment?.versioning !== 'no-version',
    patientCreate: can('Patient', 'create'),
  };
}

/** A version that can stand in a log line: the software's where it is one word, else that of FHIR. */
export function versionIn({ software, fhirVersion }: CapabilityStatement): string {
  const version = software?.version ?? '';
  return /^[\w.+-]{1,40}$/.test(version)
    ? version
    : fhirVersion.replaceAll(/[^\w.+-]/g, '').slice(0, 40) || 'R4';
}

/** Servers write `find`, `$find` and `appointment-find`. */
function isNamed({ name, definition }: { name: string; definition: string }, word: string): boolean {
  const plain = name.replace(/^\$/, '').toLowerCase();
  return (
    plain === word ||
    plain === `appointment-${word}` ||
    new RegExp(`/OperationDefinition/appointment-${word}(\\||$)`, 'i').test(definition)
  );
}

function namesOf(definition: string): FhirSettings['operationNames'] {
  if (/profiles\.ihe\.net/i.test(definition)) return 'ihe';
  if (/medplum/i.test(definition)) return 'medplum';
  return 'argonaut';
}
