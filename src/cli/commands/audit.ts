import { checkTrails, readTrail } from '#scheduling/audit-trail.ts';
import { type Command, operatorCommand, practiceCommand } from '../command.ts';
import { table } from '../layout.ts';
import { instantOf, integerOf } from '../typed.ts';

const usualEvents = 200;

export const auditCommands: readonly Command[] = [
  operatorCommand({
    name: 'audit verify',
    help: 'Computes the audit chains anew and names the first event that is not what it was',
    options: { practice: { value: 'ID', id: true, help: 'this practice only' } },
    async run({ on, operator, core }, { practice }) {
      const verdicts = await checkTrails(on, operator, core.checkpoints, practice);
      const rows = verdicts.map((one) =>
        one.ok
          ? [one.practice, 'whole', one.events, one.covered, undefined, undefined]
          : [one.practice, 'BROKEN', undefined, undefined, one.seq, one.why],
      );
      const headings = ['practice', 'chain', 'events', 'in checkpoints', 'first bad event', 'why'];
      return {
        text: table(headings, rows, 'There is no event yet.'),
        json: verdicts,
        failed: verdicts.some(({ ok }) => !ok),
      };
    },
  }),
  practiceCommand({
    name: 'audit show',
    help: 'Shows who saw and did what at a practice',
    options: {
      patient: { value: 'ID', help: 'our id of a patient: the accounting of disclosures' },
      since: { value: 'DAY', help: 'a day, its first moment in UTC, or an instant' },
      limit: { value: 'N', help: `so many events, the newest; ${usualEvents} when absent` },
    },
    async run({ on, caller }, { patient, since, limit }) {
      const trail = await readTrail(on, caller, {
        patient,
        since: since === undefined ? undefined : instantOf('since', since),
        most: limit === undefined ? usualEvents : integerOf('limit', limit),
      });
      const who = (actor: string): string => {
        const name = trail.agents.get(actor.replace(/^agent:/, ''));
        return name === undefined ? actor : `${actor} (${name})`;
      };
      const rows = trail.events.map((event) => [
        event.seq,
        event.at.replace(/\.\d+Z$/, 'Z'),
        who(event.actor),
        event.action,
        event.resourceId && `${event.resourceType}/${event.resourceId}`,
        event.patientLink,
        event.reason === null ? event.outcome : `${event.outcome}: ${event.reason}`,
        event.origin,
      ]);
      const headings = ['event', 'at', 'who', 'action', 'resource', 'patient', 'outcome', 'from'];
      const events = table(headings, rows, 'There is no such event.');
      const more = trail.more ? '\n\nThere are older ones. Ask with --limit or --since for more.' : '';
      return { text: events + more, json: { events: trail.events, more: trail.more } };
    },
  }),
  operatorCommand({
    name: 'audit checkpoint',
    help: 'Writes signed checkpoints of all chains now, outside the database',
    async run({ core }) {
      const { events, broken } = await core.checkpointer.write();
      const rows = broken.map(({ practice, seq, why }) => [practice, seq, why]);
      const found = table(['practice', 'first bad event', 'why'], rows, 'No chain is broken.');
      return {
        text: `Events that are covered now and were not before: ${events}.\n${found}`,
        json: { events, broken },
        failed: broken.length > 0,
      };
    },
  }),
];
