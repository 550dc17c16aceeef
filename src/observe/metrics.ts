import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { alerts, type LogEvent } from './events.ts';

/** Counts and times for Prometheus. Labels are route names, codes and phases; never an id, never a person. */
export interface Metrics {
  observe(event: LogEvent): void;
  /** Text for `GET /metrics`. */
  text(): Promise<string>;
  readonly contentType: string;
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];

/** @param clock milliseconds since the epoch */
export function createMetrics(clock: () => number = Date.now): Metrics {
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
  const hooks = counter('postern_hook_calls_total', 'Calls of EMRs that something changed.', ['outcome']);
  const refusals = counter(
    'postern_emr_no_budget_total',
    'Requests that were not sent because nothing was left of what an EMR lets an application ask.',
    ['adapter', 'context', 'priority', 'why'],
  );
  /** What was told last of each application. */
  const budgets = new Map<string, Extract<LogEvent, { event: 'emr.budget' }>>();
  new Gauge({
    ...shared,
    name: 'postern_emr_calls_left',
    help: 'Calls that an EMR still takes of an application in its window, as told last.',
    labelNames: ['adapter', 'context'],
    collect() {
      for (const { adapter, context, left, limit, until } of budgets.values())
        this.set({ adapter, context }, clock() < until ? left : limit);
    },
  });
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
        case 'emr.budget':
          budgets.set(`${event.adapter}/${event.context}`, event);
          break;
        case 'emr.no-budget':
          refusals.inc({
            adapter: event.adapter,
            context: event.context,
            priority: event.priority,
            why: event.why,
          });
          break;
        case 'intent.step':
          steps.inc({ kind: event.kind, phase: event.phase, code: event.code ?? 'none' });
          break;
        case 'hook.answered':
          hooks.inc({ outcome: event.outcome });
          break;
        case 'token.answered':
          tokens.inc({ outcome: event.outcome });
          break;
        default:
      }
    },
  };
}
