/**
 * What a client of the soak remembers: each thing it asked for, and each answer it heard, with the times of both. One
 * line of JSON each. Together with the simulators' ledgers it is all that the checker may read.
 */
export interface Heard {
  readonly client: string;
  /** Names what is wanted: all repeats of one request, and all questions about its operation, share it. */
  readonly ask: string;
  readonly wish: Wish;
  readonly office: string;
  /** Name of an invented person, who wants one appointment at most. */
  readonly person: string;
  /** Where a booking, a hold or a move is to go. */
  readonly place?: Place;
  /** What is to be moved, cancelled or read, by the gateway's id. */
  readonly appointment?: string;
  /** The place was held by the same client for the whole time of the request. */
  readonly held?: true;
  readonly gateway: string;
  /** Milliseconds since the epoch: when the request left, when its answer was there. */
  readonly askedAt: number;
  readonly at: number;
  readonly said: Said;
}

/** `give-up`: a booking that is still pending is not wanted any more. It shares the `ask` of the booking. */
export type Wish =
  | 'create-patient'
  | 'find-patient'
  | 'hold'
  | 'book'
  | 'move'
  | 'cancel'
  | 'give-up'
  | 'read';

/** By the gateway's references. */
export interface Place {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly practitioner: string;
  readonly location: string;
}

export type Said =
  /** It is so. */
  | { readonly is: 'done'; readonly appointment?: Told; readonly patient?: string }
  /** It is not so, and will not be. */
  | { readonly is: 'no'; readonly status: number; readonly code: string }
  /** It is open; ask again. */
  | { readonly is: 'later' }
  /** The practice's staff finish it. */
  | { readonly is: 'people' }
  /** What was given up is not so, and will not be. */
  | { readonly is: 'given-up' }
  /** Nothing about the request itself: no answer, or an error of the server. */
  | { readonly is: 'nothing'; readonly why: string };

export interface Told extends Place {
  readonly id: string;
  readonly status: string;
}

/** Whether somebody who heard this has an answer and stops asking. */
export function isFinal({ said }: Pick<Heard, 'said'>): boolean {
  return said.is === 'done' || said.is === 'no' || said.is === 'given-up' || said.is === 'people';
}
