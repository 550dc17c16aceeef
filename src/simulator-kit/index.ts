/** All that a simulator may see. Never imported by the gateway. */
export { z } from 'zod';
export type {
  Call,
  EmrAnswer,
  EmrRequest,
  EmrRoute,
  EmrTexts,
  Emulation,
  Message,
  MessagePlan,
  Pace,
  Scene,
  SettingValues,
} from './emulation.ts';
export { json, Refusal } from './emulation.ts';
export type { FaultOrder, OwnFaults } from './fault.ts';
export type {
  LedgerReading,
  LedgerState,
  LedgerStatus,
  LedgerWrite,
  Writer,
} from './ledger.ts';
export {
  addDays,
  dateOfEpochDay,
  dayOfWeek,
  epochDay,
  instantAfter,
  instantOf,
  isCalendarDate,
  localDateTime,
} from './local-time.ts';
export type {
  AssertionAlgorithm,
  AudiencePlan,
  AuthorizationServerPaths,
  AuthorizationServerPlan,
  BearerToken,
  ClientAuthentication,
  DemoUser,
  GrantType,
  OAuthRequest,
  RefreshTokenPolicy,
  RegisteredClient,
  ScopePlan,
  ScopeRequest,
  SignIn,
} from './oauth/plan.ts';
export { practiceOptions, readProcessOptions } from './process-options.ts';
export { matchRoute, splitPath } from './route-match.ts';
export type { Database, Table, TableSet } from './row-store.ts';
export type { RunningSimulator, SimulatorOptions } from './simulator.ts';
export { startSimulator } from './simulator.ts';
export { runSimulatorProcess } from './simulator-process.ts';
export type { Admission, StaffAction } from './staff.ts';
