import pino from 'pino';
import { alerts, type LogEvent } from './events.ts';

export type Log = (event: LogEvent) => void;

export interface LogOptions {
  readonly level: string;
  /** Where lines go; standard output by default. */
  readonly destination?: { write(line: string): void };
}

/** JSON lines on standard output, one an event; alerts are of level `error`. */
export function createLog({ level, destination }: LogOptions): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = destination ? pino(options, destination) : pino(options);
  return (event) => {
    if (alerts.has(event.event)) logger.error(event);
    else if (event.event === 'gateway.warning') logger.warn(event);
    else if (event.event === 'emr.exchange' || event.event === 'intent.step') logger.debug(event);
    else logger.info(event);
  };
}

/** Class and SQLSTATE or system code of an error; its message may hold anything. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown';
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
