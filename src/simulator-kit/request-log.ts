import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * Every request to the EMR's API and to its authorization server, in order of arrival, in a file that is only ever appended to and outlives the
 * process. A request is written when it arrives and again when its answer or its fate is known.
 */
export function openRequestLog(file: string): RequestLog {
  let next = 1 + (existsSync(file) ? Math.max(0, ...read(file).map((entry) => entry.seq)) : 0);
  const out = openSync(file, 'a', 0o600);
  let closed = false;
  const append = (line: Partial<LoggedRequest>): void => {
    if (!closed) writeSync(out, `${JSON.stringify(line)}\n`);
  };
  // Ends a line that a crash may have cut.
  writeSync(out, '\n');
  return {
    arrive(request) {
      const seq = next++;
      append({ seq, ...request });
      return (fate) => append({ seq, ...fate });
    },
    read: (after) => read(file).filter((entry) => entry.seq > after),
    close() {
      closed = true;
      closeSync(out);
    },
  };
}

export interface LoggedRequest {
  /** Counts on over restarts. */
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  /** As sent, without query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** The endpoint of the authorization server that it went to; missing for the API. */
  readonly oauth?: string;
  /** The status that was sent; 0 when no answer was sent (yet). */
  readonly status: number;
  /** The status with which the EMR performed the request; missing when it did not. */
  readonly performed?: number;
  /** The fault that was played on it. */
  readonly fault?: string;
}

export interface RequestLog {
  /** Notes the arrival; the returned function adds what became of it. */
  arrive(
    request: Pick<LoggedRequest, 'at' | 'method' | 'path' | 'query' | 'oauth'>,
  ): (fate: Partial<Pick<LoggedRequest, 'status' | 'performed' | 'fault'>>) => void;
  /** All entries with a `seq` above `after`. */
  read(after: number): readonly LoggedRequest[];
  close(): void;
}

function read(file: string): LoggedRequest[] {
  const entries = new Map<number, LoggedRequest>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const part = parseLine(line);
    if (part === undefined) continue;
    // The first line of a number holds all but the fate, which starts as "no answer".
    entries.set(part.seq, {
      status: 0,
      ...entries.get(part.seq),
      ...part,
    } as LoggedRequest);
  }
  return [...entries.values()];
}

/** Undefined for an empty line and for one that a crash has cut. */
function parseLine(line: string): ({ seq: number } & Partial<LoggedRequest>) | undefined {
  if (!line.endsWith('}')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
