import type { OutgoingRequest, Site } from '#egress/index.ts';
import type { Random } from '../random.ts';

/** A way to bend a legal request. It may leave it legal by chance; the oracle decides, not the mutation. */
export type Mutation = (request: OutgoingRequest, random: Random, site: Site) => OutgoingRequest;
export type Mutations = Readonly<Record<string, Mutation>>;

export function withUrl(request: OutgoingRequest, url: string): OutgoingRequest {
  return { ...request, url };
}
