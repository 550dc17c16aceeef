import type { EmrRequest } from '#simulator-kit/index.ts';

/** Path of the FHIR base. */
export const basePath = '/fhir';

/** The address of the FHIR base as this request reached it, e.g. `http://127.0.0.1:8194/fhir`. */
export function baseOf({ request }: { readonly request: EmrRequest }): string {
  return originOf(request) + basePath;
}

export function originOf(request: EmrRequest): string {
  return `http://${request.headers.host ?? 'localhost'}`;
}
