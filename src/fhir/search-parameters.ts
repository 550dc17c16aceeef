export type SearchParameterType = 'token' | 'reference' | 'date' | 'string';

/** One search parameter that is served; name, type and expression are those of FHIR R4 unless it is a chain. */
export interface SearchParameterRow {
  readonly type: SearchParameterType;
  /** Canonical of the FHIR R4 SearchParameter. A chain has the one of its first link. */
  readonly definition: string;
  /** FHIRPath of what is searched; missing for a chain, which whoever serves the search has to follow. */
  readonly expression?: string;
  /** Types that a reference may have; a bare id stands for any of them. */
  readonly targets?: readonly string[];
  readonly documentation?: string;
}

export interface SearchTable {
  readonly parameters: Readonly<Record<string, SearchParameterRow>>;
  /** Values of `_include`. */
  readonly includes: readonly string[];
  /** The one order in which matches come; `_sort` may name it. */
  readonly order?: string;
}

export type SearchType =
  | 'Slot'
  | 'Schedule'
  | 'Practitioner'
  | 'PractitionerRole'
  | 'Location'
  | 'HealthcareService'
  | 'Appointment';

const definition = (id: string): string => `http://hl7.org/fhir/SearchParameter/${id}`;
const id: SearchParameterRow = {
  type: 'token',
  definition: definition('Resource-id'),
  expression: 'Resource.id',
};
const actors = ['Practitioner', 'Location', 'HealthcareService'];
const actor = (type: string): SearchParameterRow => ({
  type: 'reference',
  definition: definition('Appointment-actor'),
  expression: 'Appointment.participant.actor',
  targets: [type],
});

/** All that can be searched for, by resource type. Anything else in a query is refused, never ignored. */
export const searchTables: Readonly<Record<SearchType, SearchTable>> = {
  Slot: {
    parameters: {
      _id: id,
      schedule: {
        type: 'reference',
        definition: definition('Slot-schedule'),
        expression: 'Slot.schedule',
        targets: ['Schedule'],
      },
      'schedule.actor': {
        type: 'reference',
        definition: definition('Slot-schedule'),
        targets: actors,
        documentation:
          'Chain over Schedule.actor, also as schedule.actor:Practitioner or schedule.actor:Location.',
      },
      'service-type': {
        type: 'token',
        definition: definition('Slot-service-type'),
        expression: 'Slot.serviceType',
        documentation:
          'Visit type of the practice, see HealthcareService. Without it the default of the practice is used.',
      },
      start: {
        type: 'date',
        definition: definition('Slot-start'),
        expression: 'Slot.start',
        documentation:
          'Prefixes eq gt lt ge le sa eb; repeat for a window of at most 31 days. A bare date is that day at the practice.',
      },
      status: {
        type: 'token',
        definition: definition('Slot-status'),
        expression: 'Slot.status',
      },
    },
    includes: ['Slot:schedule'],
    order: 'start',
  },
  Schedule: {
    parameters: {
      _id: id,
      active: {
        type: 'token',
        definition: definition('Schedule-active'),
        expression: 'Schedule.active',
      },
      actor: {
        type: 'reference',
        definition: definition('Schedule-actor'),
        expression: 'Schedule.actor',
        targets: actors,
      },
      'service-type': {
        type: 'token',
        definition: definition('Schedule-service-type'),
        expression: 'Schedule.serviceType',
      },
    },
    includes: [],
  },
  Practitioner: {
    parameters: {
      _id: id,
      active: {
        type: 'token',
        definition: definition('Practitioner-active'),
        expression: 'Practitioner.active',
      },
      family: {
        type: 'string',
        definition: definition('individual-family'),
        expression: 'Practitioner.name.family',
      },
      name: {
        type: 'string',
        definition: definition('Practitioner-name'),
        expression: 'Practitioner.name',
      },
    },
    includes: [],
  },
  PractitionerRole: {
    parameters: {
      _id: id,
      active: {
        type: 'token',
        definition: definition('PractitionerRole-active'),
        expression: 'PractitionerRole.active',
      },
      location: {
        type: 'reference',
        definition: definition('PractitionerRole-location'),
        expression: 'PractitionerRole.location',
        targets: ['Location'],
      },
      practitioner: {
        type: 'reference',
        definition: definition('PractitionerRole-practitioner'),
        expression: 'PractitionerRole.practitioner',
        targets: ['Practitioner'],
      },
      service: {
        type: 'reference',
        definition: definition('PractitionerRole-service'),
        expression: 'PractitionerRole.healthcareService',
        targets: ['HealthcareService'],
      },
    },
    includes: [],
  },
  Location: {
    parameters: {
      _id: id,
      name: {
        type: 'string',
        definition: definition('Location-name'),
        expression: 'Location.name | Location.alias',
      },
      status: {
        type: 'token',
        definition: definition('Location-status'),
        expression: 'Location.status',
      },
    },
    includes: [],
  },
  HealthcareService: {
    parameters: {
      _id: id,
      active: {
        type: 'token',
        definition: definition('HealthcareService-active'),
        expression: 'HealthcareService.active',
      },
      location: {
        type: 'reference',
        definition: definition('HealthcareService-location'),
        expression: 'HealthcareService.location',
        targets: ['Location'],
      },
      name: {
        type: 'string',
        definition: definition('HealthcareService-name'),
        expression: 'HealthcareService.name',
      },
      'service-type': {
        type: 'token',
        definition: definition('HealthcareService-service-type'),
        expression: 'HealthcareService.type',
      },
    },
    includes: [],
  },
  Appointment: {
    parameters: {
      _id: id,
      date: {
        type: 'date',
        definition: definition('Appointment-date'),
        expression: 'Appointment.start',
        documentation: 'Prefixes eq gt lt ge le sa eb. A bare date is that day at the practice.',
      },
      location: {
        ...actor('Location'),
        definition: definition('Appointment-location'),
      },
      patient: {
        ...actor('Patient'),
        definition: definition('Appointment-patient'),
        documentation: 'Needed unless _id is given: appointments are found for one patient at a time.',
      },
      practitioner: {
        ...actor('Practitioner'),
        definition: definition('Appointment-practitioner'),
      },
      'service-type': {
        type: 'token',
        definition: definition('Appointment-service-type'),
        expression: 'Appointment.serviceType',
      },
      status: {
        type: 'token',
        definition: definition('Appointment-status'),
        expression: 'Appointment.status',
      },
    },
    includes: [],
    order: 'date',
  },
};

/** How often a parameter was given is AND, commas within one value are OR (FHIR R4 §3.1.1.3.1). */
export type AllOfAny<T> = readonly (readonly T[])[];

export function isSearchType(type: string): type is SearchType {
  return Object.hasOwn(searchTables, type);
}
