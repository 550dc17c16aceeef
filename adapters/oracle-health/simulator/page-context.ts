/** The searches whose next pages may still be asked for. They do not outlive the process. */
export type PageBook = Map<string, Continuation>;

export interface Continuation {
  readonly clientId: string;
  readonly type: string;
  /** The query of the first page. */
  readonly query: string;
  /** Order of the last match that was told. */
  readonly after: string;
}
