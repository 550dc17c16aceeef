import { isVirtual } from '../series.ts';
import type { Settings } from '../settings.ts';
import type { Appointment } from '../tables.ts';
import { WEEK_DAYS, wallTimeAt } from '../wall-clock.ts';
import { CANARY, canaries, canary, empty } from './canary.ts';

/** An appointment as every answer and every webhook tells it, with the billing keys that nobody has asked for. */
export function appointmentOut(row: Appointment, settings: Settings, verbose = false): object {
  const { series, instanceOf } = row;
  const told = settings.appointmentIds === 'string' || isVirtual(row) ? row.id : Number(row.id);
  const base = instanceOf?.base ?? (series === null ? null : row.id);
  const originally = instanceOf?.date ?? row.scheduledTime.slice(0, 10);
  return {
    id: told,
    doctor: row.doctor,
    office: row.office,
    exam_room: row.examRoom,
    patient: row.patient,
    scheduled_time: row.scheduledTime,
    duration: row.duration,
    profile: row.profile,
    color: row.color,
    reason: row.reason,
    notes: row.notes,
    status: row.status,
    custom_status: row.customStatus,
    is_walk_in: row.isWalkIn,
    appt_is_break: row.patient === null,
    allow_overlapping: row.allowOverlapping,
    recurring_appointment: base !== null,
    base_recurring_appointment: base,
    is_virtual_base: series !== null,
    ...(series !== null && {
      recurring_days: series.weekDays.map((day) => WEEK_DAYS[day]),
      recurs_every: series.everyWeeks,
      recur_start_date: series.from,
      recur_end_date: series.to,
    }),
    ...(settings.recurrenceKeys && {
      recurrence_instance_key: base === null ? null : `${base}_${originally.replaceAll('-', '')}`,
    }),
    cloned_from: null,
    is_telehealth: false,
    created_by: row.createdBy,
    deleted_flag: row.deleted,
    created_at: wallTimeAt(row.createdAt, settings.recordZone),
    updated_at: wallTimeAt(row.writtenAt, settings.recordZone),
    ...moneyAndDiagnoses(settings),
    ...(verbose && chart()),
  };
}

function moneyAndDiagnoses(settings: Settings): object {
  const marked = (name: string): string | null => canary(settings, name);
  const day = settings.emitCanaryPhi ? '1901-01-01' : null;
  return {
    billing_status: marked('billing_status'),
    billing_provider: settings.emitCanaryPhi ? 999_999_901 : null,
    billing_notes: settings.emitCanaryPhi ? [{ text: `${CANARY}-billing_notes` }] : [],
    payment_profile: marked('payment_profile'),
    icd9_codes: canaries(settings, 'icd9'),
    icd10_codes: canaries(settings, 'icd10'),
    ins1_status: marked('ins1_status'),
    ins2_status: marked('ins2_status'),
    primary_insurer_name: marked('primary_insurer_name'),
    primary_insurer_payer_id: marked('primary_insurer_payer_id'),
    primary_insurance_id_number: marked('primary_insurance_id_number'),
    secondary_insurer_name: marked('secondary_insurer_name'),
    secondary_insurer_payer_id: marked('secondary_insurer_payer_id'),
    secondary_insurance_id_number: marked('secondary_insurance_id_number'),
    first_billed_date: day,
    last_billed_date: day,
    first_edi_date: day,
    last_edi_date: day,
    resubmit_claim_original_id: marked('resubmit_claim_original_id'),
    supervising_provider: settings.emitCanaryPhi ? `${CANARY}-supervising_provider` : empty(settings),
  };
}

/** What `verbose=true` adds. */
function chart(): object {
  return {
    clinical_note: { pdf: `https://example.invalid/${CANARY}.pdf`, locked: false },
    vitals: { blood_pressure_1: `${CANARY}-vitals` },
    custom_vitals: [`${CANARY}-custom_vitals`],
    custom_fields: [{ field_type: 1, field_value: `${CANARY}-custom_fields` }],
    reminders: [],
    status_transitions: [],
    extended_updated_at: `${CANARY}-extended_updated_at`,
  };
}
