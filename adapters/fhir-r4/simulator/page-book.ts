/** The searches whose next pages may still be asked for. They do not outlive the process. */
export type PageBook = Map<string, Continuation>;

export interface Continuation {
  readonly clientId: string;
  readonly type: string;
  /** The parameters of the first page, wherever they stood. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** Order of the last match that was told. */
  readonly after: string;
}
