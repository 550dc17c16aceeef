import type { EmrRequest } from '#simulator-kit/index.ts';
import type { ClinicPlan } from './clinic-plan.ts';

/** The address of the API as this request reached it, e.g. `http://127.0.0.1:8193/r4/{tenant}`. */
export function baseOf({ request, clinic }: { request: EmrRequest; clinic: ClinicPlan }): string {
  return originOf(request) + basePath(clinic);
}

export function originOf(request: EmrRequest): string {
  return `http://${request.headers.host ?? 'localhost'}`;
}

export function basePath({ tenant }: ClinicPlan): `/${string}` {
  return `/r4/${tenant}`;
}
