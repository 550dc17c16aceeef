import type { Tx } from './database.ts';

/** What the practice lets agents book; served as HealthcareService. */
export interface VisitType {
  readonly code: string;
  readonly display: string;
  readonly minutes: number;
  readonly vendorRef: string | undefined;
  /** Directory ids; empty for all. */
  readonly practitioners: readonly string[];
  readonly locations: readonly string[];
  readonly patients: 'any' | 'new' | 'existing';
  /** `direct` is booked, `approval` goes to the practice's queue, `off` is refused. */
  readonly mode: 'direct' | 'approval' | 'off';
  readonly isDefault: boolean;
}

const columns = [
  'code',
  'display',
  'minutes',
  'vendor_ref',
  'practitioners',
  'locations',
  'patients',
  'mode',
  'is_default',
] as const;

interface VisitTypeRow {
  code: string;
  display: string;
  minutes: number;
  vendor_ref: string | null;
  practitioners: string[];
  locations: string[];
  patients: VisitType['patients'];
  mode: VisitType['mode'];
  is_default: boolean;
}

export async function listVisitTypes(tx: Tx): Promise<VisitType[]> {
  const rows: VisitTypeRow[] = await tx('visit_type')
    .select(...columns)
    .orderBy('code');
  return rows.map((row) => ({
    code: row.code,
    display: row.display,
    minutes: row.minutes,
    vendorRef: row.vendor_ref ?? undefined,
    practitioners: row.practitioners,
    locations: row.locations,
    patients: row.patients,
    mode: row.mode,
    isDefault: row.is_default,
  }));
}

/** Writes a visit type, replacing one of the same code. */
export async function saveVisitType(tx: Tx, practiceId: string, type: VisitType): Promise<void> {
  if (type.isDefault) await tx('visit_type').whereNot({ code: type.code }).update({ is_default: false });
  await tx('visit_type')
    .insert({
      practice_id: practiceId,
      code: type.code,
      display: type.display,
      minutes: type.minutes,
      vendor_ref: type.vendorRef ?? null,
      practitioners: type.practitioners,
      locations: type.locations,
      patients: type.patients,
      mode: type.mode,
      is_default: type.isDefault,
    })
    .onConflict(['practice_id', 'code'])
    .merge();
}

export async function deleteVisitType(tx: Tx, code: string): Promise<boolean> {
  return (await tx('visit_type').where({ code }).delete()) > 0;
}
