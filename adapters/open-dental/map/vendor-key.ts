export interface VendorKey {
  readonly op: number;
  readonly prov: number;
  readonly type?: number;
}
/** `op:4`, `prov:7`: what must be free together, sorted. */
export function claimsOf(op: number, provs: readonly number[]): readonly string[] {
  const named = [
    ...(op === 0 ? [] : [`op:${op}`]),
    ...provs.filter((prov) => prov !== 0).map((prov) => `prov:${prov}`),
  ];
  return [...new Set(named)].sort();
}

/** `op:4|prov:7`, with `|type:5` where the type's own rule about blockouts was applied. */
export function vendorKeyOf({ op, prov, type }: VendorKey): string {
  return `op:${op}|prov:${prov}${type === undefined ? '' : `|type:${type}`}`;
}

export function parseVendorKey(text: string): VendorKey | undefined {
  const [, op, prov, type] =
    /^op:([1-9]\d{0,14})\|prov:([1-9]\d{0,14})(?:\|type:([1-9]\d{0,14}))?$/.exec(text) ?? [];
  if (op === undefined || prov === undefined) return undefined;
  return {
    op: Number(op),
    prov: Number(prov),
    ...(type !== undefined && { type: Number(type) }),
  };
}
