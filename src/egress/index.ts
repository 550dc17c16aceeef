/** The wall on the way out. */
export { admits } from './admits.ts';
export type { BudgetPaceOptions } from './budget-pace.ts';
export { createBudgetPace } from './budget-pace.ts';
export type { AuthorisedClientOptions, ExchangeRecord } from './client.ts';
export { createAuthorisedClient } from './client.ts';
export type { Wall, WallOptions } from './dispatcher.ts';
export { createWall } from './dispatcher.ts';
export { closeGlobalNetwork } from './guard-global.ts';
export type { OutgoingRequest } from './outgoing-request.ts';
export type { Pace, PaceOptions, Priority } from './pace.ts';
export { createMemoryPace, createPace, NoBudget } from './pace.ts';
export type { Resilience, ResilienceOptions } from './resilience.ts';
export { createResilience } from './resilience.ts';
export type { BuiltRequest, RouteBuilder } from './route-table.ts';
export { compileRoutes } from './route-table.ts';
export type { Site, SiteOptions } from './site.ts';
export { WallRefusal } from './wall-refusal.ts';
