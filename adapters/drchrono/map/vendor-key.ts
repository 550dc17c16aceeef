/** What identifies a time in DrChrono besides start and length. */
export interface VendorKey {
  readonly doctor: number;
  readonly office: number;
  readonly room: number;
  /** Profile whose templates limit when it is offered. */
  readonly profile?: number;
}

/** `doctor:301122`, `room:415001/2`: what must be free together, sorted. A doctor is one person in all offices. */
export function claimsOf(doctor: number, office: number, room: number | undefined): readonly string[] {
  return [`doctor:${doctor}`, ...(room === undefined ? [] : [`room:${office}/${room}`])];
}

/** `doctor:301122|room:415001/2`, with `|profile:77121` where the profile's templates were looked at. */
export function vendorKeyOf({ doctor, office, room, profile }: VendorKey): string {
  return `doctor:${doctor}|room:${office}/${room}${profile === undefined ? '' : `|profile:${profile}`}`;
}

export function parseVendorKey(text: string): VendorKey | undefined {
  const [, doctor, office, room, profile] =
    /^doctor:([1-9]\d{0,14})\|room:([1-9]\d{0,14})\/([1-9]\d{0,14})(?:\|profile:([1-9]\d{0,14}))?$/.exec(
      text,
    ) ?? [];
  if (doctor === undefined || office === undefined || room === undefined) return undefined;
  return {
    doctor: Number(doctor),
    office: Number(office),
    room: Number(room),
    ...(profile !== undefined && { profile: Number(profile) }),
  };
}
