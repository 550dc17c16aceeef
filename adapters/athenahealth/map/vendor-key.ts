import { parseVisit, type Visit } from '../settings.ts';

/** A slot, where and whose it is, and how it is booked: all that is needed to look for it again. */
export interface Place {
  readonly appointment: string;
  readonly department: string;
  readonly provider: string;
  readonly visit: Visit;
}

/** `appt:2310011|dept:12|prov:71|reason:962`. */
export function vendorKeyOf({ appointment, department, provider, visit }: Place): string {
  return `appt:${appointment}|dept:${department}|prov:${provider}|${visit.by}:${visit.id}`;
}

export function parseVendorKey(text: string): Place | undefined {
  const [, appointment, department, provider, ref = ''] =
    /^appt:([1-9]\d{0,17})\|dept:([1-9]\d{0,17})\|prov:([1-9]\d{0,17})\|([a-z]+:\d+)$/.exec(text) ?? [];
  const visit = parseVisit(ref);
  if (appointment === undefined || department === undefined || provider === undefined) return undefined;
  return visit && { appointment, department, provider, visit };
}

/** `appt:2310011`: the slot is what is booked, and its id stays that of the appointment. */
export function claimOf(appointment: string): string {
  return `appt:${appointment}`;
}
