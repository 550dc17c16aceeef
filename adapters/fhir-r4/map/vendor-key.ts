/**
 * What identifies an opening here: the first slot that it takes (`slot:abc`), or, where the server proposes times by an
 * operation and its ids are good for one answer only, whose time it is (`with:7|at:3`). Both may end in the visit type
 * that the opening was found by (`|type:http://snomed.info/sct|408443003`), so that it is booked as that.
 */
export type VendorKey =
  | { readonly slot: string; readonly type?: string | undefined }
  | { readonly practitioner: string; readonly location: string; readonly type?: string | undefined };

const id = '[A-Za-z0-9._~-]{1,128}';
const form = new RegExp(`^(?:slot:(${id})|with:(${id})\\|at:(${id}))(?:\\|type:([^\\s]+))?$`);
const longest = 200;

/** Undefined where no key can hold it all: without its type an opening would be booked as something else. */
export function vendorKeyOf(key: VendorKey): string | undefined {
  const place = 'slot' in key ? `slot:${key.slot}` : `with:${key.practitioner}|at:${key.location}`;
  const text = key.type === undefined ? place : `${place}|type:${key.type}`;
  return text.length <= longest && form.test(text) ? text : undefined;
}

export function parseVendorKey(text: string): VendorKey | undefined {
  const [, slot, practitioner, location, type] = form.exec(text) ?? [];
  const typed = type === undefined ? {} : { type };
  if (slot !== undefined) return { slot, ...typed };
  if (practitioner !== undefined && location !== undefined) return { practitioner, location, ...typed };
  return undefined;
}

/** `practitioner:7`, `slot:abc`: what nobody else may have at the same time, sorted. */
export function claimsOf(slots: readonly string[], practitioners: readonly string[]): readonly string[] {
  const claims = [...slots.map((one) => `slot:${one}`), ...practitioners.map((one) => `practitioner:${one}`)];
  return [...new Set(claims)].sort();
}

/** The ids of one kind among claims. */
export function claimed(claims: readonly string[], kind: 'slot' | 'practitioner'): readonly string[] {
  return claims.flatMap((claim) => (claim.startsWith(`${kind}:`) ? [claim.slice(kind.length + 1)] : []));
}
