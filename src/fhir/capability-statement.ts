import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceOperation,
  CapabilityStatementRestResourceSearchParam,
  Extension,
} from '@medplum/fhirtypes';
import base from '../../fhir-profiles/CapabilityStatement-postern.json' with { type: 'json' };
import { extension, profile } from './canonical.ts';
import { definitionOf, type Interaction, type ServedResource } from './interaction.ts';
import { isSearchType, searchTables } from './search-parameters.ts';

export interface Server {
  readonly version: string;
  /** Address of this FHIR server without a trailing slash. */
  readonly base: string;
  readonly tokenEndpoint: string;
  /** When what is served last changed: FHIR dateTime. */
  readonly date: string;
  /** What each installed EMR can do, as a table in Markdown. */
  readonly emrs?: string;
}

/** What one practice can do, told only to those who have a token for it. */
export interface PracticeAbilities {
  readonly title: string;
  readonly mode: 'sandbox' | 'live';
  readonly bookingMode: 'off' | 'queue_only' | 'live';
  readonly book: boolean;
  readonly cancel: boolean;
  readonly matchPatient: boolean;
  readonly createPatient: boolean;
}

/**
 * The CapabilityStatement (FHIR R4 §5.1): the checked-in base, folded with the interactions that are really served.
 * With a practice, what its EMR cannot do is left out and its modes are told.
 */
export function capabilityStatement(
  server: Server,
  interactions: readonly Interaction[],
  practice?: PracticeAbilities,
): CapabilityStatement {
  const served = interactions.filter(
    ({ ability }) => ability === undefined || practice === undefined || practice[ability],
  );
  const types = [...new Set(served.flatMap(({ resource }) => (resource === undefined ? [] : [resource])))];
  // The file is a CapabilityStatement; test/fhir validates it.
  const fixed = base as unknown as CapabilityStatement;
  const [rest] = fixed.rest ?? [];
  const modes: Extension[] =
    practice === undefined
      ? []
      : [
          { url: extension.practiceMode, valueCode: practice.mode },
          { url: extension.bookingMode, valueCode: practice.bookingMode },
        ];
  return {
    ...fixed,
    date: server.date,
    kind: 'instance',
    software: { name: 'Postern', version: server.version },
    implementation: {
      description: practice === undefined ? 'Postern, a scheduling gateway' : `Postern for ${practice.title}`,
      url: server.base,
    },
    rest: [
      {
        ...rest,
        ...(modes.length > 0 && { extension: modes }),
        mode: 'server',
        ...(server.emrs !== undefined && {
          documentation:
            `${rest?.documentation ?? ''}\n\nWhat each installed EMR can do:\n\n${server.emrs}`.trim(),
        }),
        security: {
          ...rest?.security,
          extension: [{ url: oauthUris, extension: [{ url: 'token', valueUri: server.tokenEndpoint }] }],
        },
        resource: types.map((type) =>
          resourceOf(
            type,
            served.filter(({ resource }) => resource === type),
          ),
        ),
      },
    ],
  };
}

const oauthUris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

function resourceOf(type: ServedResource, served: readonly Interaction[]): CapabilityStatementRestResource {
  const table = isSearchType(type) ? searchTables[type] : undefined;
  const searches = served.some(({ interaction }) => interaction === 'search-type');
  const codes = [
    ...new Set(
      served.flatMap(({ interaction }) =>
        interaction && interaction !== 'capabilities' ? [interaction] : [],
      ),
    ),
  ];
  const names = [...new Set(served.flatMap(({ operation }) => (operation === undefined ? [] : [operation])))];
  const operation: CapabilityStatementRestResourceOperation[] = names.map((name) => ({
    name,
    definition: definitionOf(name),
  }));
  const searchParam: CapabilityStatementRestResourceSearchParam[] = Object.entries(
    searches ? (table?.parameters ?? {}) : {},
  )
    .filter(([, row]) => row.expression !== undefined)
    .map(([name, row]) => ({
      name,
      definition: row.definition,
      type: row.type,
      ...(row.documentation !== undefined && { documentation: row.documentation }),
    }));
  const chains = Object.entries(table?.parameters ?? {}).filter(([, row]) => row.expression === undefined);
  return {
    type,
    profile: profiles[type],
    ...(chains.length > 0 && {
      documentation: chains.map(([name, row]) => `${name}: ${row.documentation}`).join('\n'),
    }),
    ...(codes.length > 0 && { interaction: codes.map((code) => ({ code })) }),
    versioning: codes.includes('patch') ? 'versioned-update' : 'no-version',
    readHistory: false,
    updateCreate: false,
    conditionalCreate: false,
    ...(table !== undefined &&
      searches &&
      table.includes.length > 0 && { searchInclude: [...table.includes] }),
    ...(searchParam.length > 0 && { searchParam }),
    ...(operation.length > 0 && { operation }),
  };
}

const profiles: Readonly<Record<ServedResource, string>> = {
  Slot: profile.slot,
  Schedule: profile.schedule,
  Practitioner: profile.practitioner,
  PractitionerRole: profile.practitionerRole,
  Location: profile.location,
  HealthcareService: profile.healthcareService,
  Appointment: profile.appointment,
  Patient: profile.patient,
};
