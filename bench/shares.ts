import type { Told } from './told.ts';

/** Of one request to the gateway: time with the EMR, and all the rest, milliseconds. */
export interface Shares {
  readonly emr: number;
  readonly own: number;
}

/** Exchanges may overlap; what is not covered by any of them is the gateway's own. */
export function sharesOf({ requests, exchanges }: Told, route: string): Shares {
  const request = requests.find((one) => one.route === route);
  if (!request) throw new Error(`The gateway told nothing of ${route}.`);
  let emr = 0;
  let covered = request.from;
  for (const { from, to } of exchanges.toSorted((one, other) => one.from - other.from)) {
    if (to <= covered || from >= request.to) continue;
    emr += Math.min(to, request.to) - Math.max(from, covered);
    covered = to;
  }
  return { emr, own: request.to - request.from - emr };
}
