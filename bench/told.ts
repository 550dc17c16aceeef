/** What the gateway told of one request of an agent, and of what it asked the EMR, on one clock. */
export interface Told {
  readonly requests: readonly { readonly route: string; readonly from: number; readonly to: number }[];
  readonly exchanges: readonly { readonly route: string; readonly from: number; readonly to: number }[];
  /** The same exchanges as they went out, in order. */
  readonly sent: readonly Sent[];
}

/** A request to an EMR. */
export interface Sent {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case; without credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What an agent has at the token endpoint. */
export interface AgentKeys {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
}
