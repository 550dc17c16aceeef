/** Where and when a visit stands. Times are milliseconds, lengths minutes. */
export interface Place {
  readonly start: number;
  readonly minutes: number;
  readonly practitioner: string;
  readonly location: string;
}
export type Facts =
  | ({ readonly kind: 'book'; readonly patient: string } & Place)
  | ({ readonly kind: 'move'; readonly target: string; readonly origin: Place } & Place)
  | { readonly kind: 'cancel'; readonly target: string }
  | { readonly kind: 'create-patient'; readonly name: string };

export interface Write {
  readonly at: number;
  readonly by: 'gateway' | 'staff';
  readonly action: 'book' | 'move' | 'cancel' | 'delete' | 'edit-note';
  readonly to?: Place;
}
export interface State extends Place {
  readonly since: number;
  readonly status: 'booked' | 'cancelled' | 'deleted';
  readonly note: string;
}
/** One appointment, with everything that ever happened to it. */
export interface Row {
  readonly id: string;
  readonly patient: string;
  /** The marker it was born with, whatever became of its note. */
  readonly born: string;
  readonly created: number;
  readonly by: 'gateway' | 'staff';
  readonly states: State[];
  readonly writes: Write[];
}
export interface PatientRow {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly by: 'gateway' | 'staff';
}

export function current(row: Row): State {
  const state = row.states.at(-1);
  if (state === undefined) throw new Error('A row has at least the state it was made in.');
  return state;
}

export function stateAt(row: Row, at: number): State | undefined {
  return row.states.findLast((state) => state.since <= at);
}

export function samePlace(a: Place, b: Place): boolean {
  return (
    a.start === b.start &&
    a.minutes === b.minutes &&
    a.practitioner === b.practitioner &&
    a.location === b.location
  );
}

export function collide(a: Place, b: Place): boolean {
  if (a.practitioner !== b.practitioner && a.location !== b.location) return false;
  return a.start < b.start + b.minutes * 60_000 && b.start < a.start + a.minutes * 60_000;
}
