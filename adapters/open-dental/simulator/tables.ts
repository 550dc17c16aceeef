import type { Call, EmrAnswer, Scene } from '#simulator-kit/index.ts';
import type { OfficePlan } from './office-plan.ts';
import type { Settings } from './settings.ts';

/** Rows of the simulated database. Times are local (`yyyy-MM-dd HH:mm:ss`); '' is "not set". */
export type Tables = { appointments: Appointment; patients: Patient; history: History };

export type AppointmentStatus =
  | 'Scheduled'
  | 'Complete'
  | 'UnschedList'
  | 'ASAP'
  | 'Broken'
  | 'Planned'
  | 'PtNote'
  | 'PtNoteCompleted';

export interface Appointment {
  readonly AptNum: number;
  readonly PatNum: number;
  readonly AptStatus: AppointmentStatus;
  /** 5 minutes a character. */
  readonly Pattern: string;
  readonly PatternSecondary: string;
  readonly Confirmed: number;
  readonly TimeLocked: boolean;
  readonly Op: number;
  readonly Note: string;
  readonly ProvNum: number;
  readonly ProvHyg: number;
  readonly AptDateTime: string;
  readonly NextAptNum: number;
  readonly UnschedStatus: number;
  readonly IsNewPatient: boolean;
  readonly IsHygiene: boolean;
  readonly ProcDescript: string;
  readonly ClinicNum: number;
  readonly DateTStamp: string;
  readonly DateTimeArrived: string;
  readonly DateTimeSeated: string;
  readonly DateTimeDismissed: string;
  readonly InsPlan1: number;
  readonly colorOverride: string;
  readonly AppointmentTypeNum: number;
  readonly SecUserNumEntry: number;
  readonly SecDateTEntry: string;
  readonly Priority: 'Normal' | 'ASAP';
}

export interface Patient {
  readonly PatNum: number;
  readonly LName: string;
  readonly FName: string;
  readonly MiddleI: string;
  readonly Preferred: string;
  readonly PatStatus: string;
  readonly Gender: string;
  readonly Birthdate: string;
  readonly HmPhone: string;
  readonly WkPhone: string;
  readonly WirelessPhone: string;
  readonly Email: string;
  readonly Address: string;
  readonly City: string;
  readonly State: string;
  readonly Zip: string;
  readonly PriProv: number;
  readonly ClinicNum: number;
  readonly TxtMsgOk: string;
  readonly MedUrgNote: string;
  readonly DateTStamp: string;
  readonly SecDateEntry: string;
}

export interface History {
  readonly HistApptNum: number;
  readonly HistUserNum: number;
  readonly HistDateTStamp: string;
  readonly HistApptAction: HistoryAction;
  readonly appointment: Appointment;
}
export type HistoryAction = 'Created' | 'Changed' | 'Missed' | 'Cancelled' | 'Deleted';

export type DentalScene = Scene<Tables, Settings>;
export type DentalCall = Call<Tables, Settings>;

/** A method of the API with the permission group that a key needs for it. */
export interface Method {
  readonly verb: 'GET' | 'POST' | 'PUT';
  readonly template: `/${string}`;
  readonly permission: Permission;
  readonly handle: (plan: OfficePlan, call: DentalCall) => EmrAnswer;
}

export type Permission = 'ReadAll' | 'Comm' | 'Appointments' | 'Patients' | 'Setup' | 'AllOthers';
