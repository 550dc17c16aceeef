/** For tests of adapters; never part of the running gateway. */
export {
  type ConformanceRun,
  collectConformance,
  conformance,
  conformanceCases,
  planOf,
} from './conformance.ts';
export type {
  EmrUnderTest,
  Fault,
  FaultName,
  Harness,
  LedgerAppointment,
  StaffAction,
} from './emr-under-test.ts';
export type { InProcessAnswer, InProcessEmr, InProcessRequest } from './in-process-client.ts';
export { inProcessClient } from './in-process-client.ts';
export { createMemo } from './memo.ts';
export { type EmrModel, modelEmr } from './model-emr.ts';
export { type Replay, replay, type Script } from './replay.ts';
export { type Case, startTrial } from './trial.ts';
