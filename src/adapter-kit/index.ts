/** All that an adapter may see. */
export type {
  Appointment,
  HealthcareService,
  Location,
  Patient,
  Practitioner,
} from '@medplum/fhirtypes';
export { z } from 'zod';
export {
  type FreeStartsQuery,
  freeStarts,
  isNamedByWallClock,
} from '#domain/availability.ts';
export type { FailureCode, FailureDetails } from '#domain/failure.ts';
export { Failure } from '#domain/failure.ts';
export type { Interval } from '#domain/interval.ts';
export {
  covers,
  intersect,
  overlaps,
  subtract,
  union,
} from '#domain/interval.ts';
export {
  addDays,
  instantOf,
  instantToLocal,
  instantToLocalDate,
  isLocalDate,
  localDatesIn,
  localDay,
  localEdgeToInstant,
  localToInstant,
  parseInstant,
  toInstantWithOffset,
} from '#domain/local-time.ts';
export type * from './adapter.ts';
export { capabilitiesOf, defineAdapter } from './adapter.ts';
export type { FhirClient, FhirClientOptions, SearchParams } from './fhir-client.ts';
export { createFhirClient } from './fhir-client.ts';
export { markersIn } from './marker.ts';
export type { Grammar, QueryGrammar, Route, RouteTable } from './route.ts';
export { grammar } from './route.ts';
export { sameName } from './same-name.ts';
export { unsupported } from './unsupported.ts';
export type { WireFailureKind } from './wire-failure.ts';
export { VendorText, WireFailure } from './wire-failure.ts';
