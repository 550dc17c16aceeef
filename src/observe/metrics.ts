import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { alerts, type LogEvent } from './events.ts';

/** Counts and times for Prometheus. Labels are route names, codes and phases; never an id, never a person. */
export interface Metrics {
  observe(event: LogEvent): void;
  /** Text for `GET /metrics`. */
  text(): Promise<string>;
  readonly contentType: string;
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const shared = { registers: [registry] };
  const requests = new Histogram({
    ...shared,
    name: 'postern_http_request_seconds',
    help: 'Answers of the gateway, by route and status.',
    labelNames: ['route', 'status'],
    buckets: seconds,
  });
  const exchanges = new Histogram({
    ...shared,
    name: 'postern_emr_exchange_seconds',
    help: 'Requests to EMRs, by route of the adapter and outcome.',
    labelNames: ['route', 'outcome'],
    buckets: seconds,
  });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ ...shared, name, help, labelNames });
  const steps = counter('postern_intent_steps_total', 'Steps of the booking protocol.', [
    'kind',
    'phase',
    'code',
  ]);
  const tokens = counter('postern_tokens_total', 'Answers of the token endpoint.', ['outcome']);
  const alarms = counter('postern_alerts_total', 'Events that somebody has to look at.', ['event']);

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe(event) {
      if (alerts.has(event.event)) alarms.inc({ event: event.event });
      switch (event.event) {
        case 'http.answered':
          requests.observe({ route: event.route, status: String(event.status) }, event.ms / 1000);
          break;
        case 'emr.exchange':
          exchanges.observe({ route: event.route, outcome: event.status }, event.ms / 1000);
          break;
        case 'intent.step':
          steps.inc({ kind: event.kind, phase: event.phase, code: event.code ?? 'none' });
          break;
        case 'token.answered':
          tokens.inc({ outcome: event.outcome });
          break;
        default:
      }
    },
  };
}
