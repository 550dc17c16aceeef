import type { OutgoingHttpHeaders } from 'node:http';
import type { Resource } from '@medplum/fhirtypes';
import type { Interaction } from '#fhir/interaction.ts';
import type { Caller } from '#scheduling/caller.ts';
import type { PracticeContext } from '#scheduling/practice-context.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import type { RateLimits } from '#store/rate-limits.ts';

/** A request as a handler sees it: who, for which practice, and what was sent. No Express below this line. */
export interface FhirRequest {
  readonly caller: Caller;
  /** Scopes of the token, separated by spaces. */
  readonly scope: string;
  readonly context: PracticeContext;
  /** IANA zone of the practice. */
  readonly zone: string;
  /** Address of this FHIR server without a trailing slash. */
  readonly base: string;
  /** Query string. */
  readonly url: URLSearchParams;
  /** Form of a POST to `_search`. */
  readonly form: URLSearchParams | undefined;
  /** Parsed JSON body. */
  readonly body: unknown;
  /** The `:id` of the path. */
  readonly id: string;
  header(name: string): string | undefined;
}

export interface FhirAnswer {
  readonly status: number;
  readonly headers?: Readonly<OutgoingHttpHeaders>;
  readonly body?: Resource;
  /** The body as it is sent, where that is kept for the next who asks. */
  readonly bytes?: Buffer;
}

/** What handlers are built on. */
export interface Services {
  readonly scheduling: Scheduling;
  readonly limits: RateLimits;
}

export type Handler = (
  services: Services,
  request: FhirRequest,
  interaction: Interaction,
) => Promise<FhirAnswer>;

/** The two halves of a search: FHIR R4 §3.1.1.1 lets a POST to `_search` have parameters in both. */
export function searchQuery({ url, form }: FhirRequest): { url: URLSearchParams; form?: URLSearchParams } {
  return { url, ...(form && { form }) };
}
