import { listConnections } from '#store/connections.ts';
import { connectWithKey, isAtWork } from '../connect.ts';
import { refuseUnlessOpen } from './admission.ts';
import { ownLink, type Visit, visitorOf } from './links.ts';
import { ConsentProblem } from './problem.ts';
import { problemOf } from './problem-of.ts';
import type { ConsentServices } from './services.ts';
import { readSettings } from './settings-form.ts';

/**
 * Connects by a key that the practice typed on its page: the same link and code, and no consent screen.
 *
 * @param given what was filled in: keys by name, and settings; a connection that is at work keeps its own, which its page
 *   does not ask for
 * @throws ConsentProblem
 */
export async function enterKey(
  services: ConsentServices,
  visit: Visit,
  given: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { on } = services;
  const { practiceId, link } = await ownLink(services, visit);
  const { adapter: id, kind, origin, connectionId } = link;
  const adapter = on.emr.adapterOf(id);
  if (adapter.authorization.kind !== 'api-key' || origin === undefined) throw new ConsentProblem('internal');
  const connections = await on.database.withPractice(practiceId, listConnections);
  const known = connections.find((one) => one.connectionId === connectionId);
  const settings =
    known && isAtWork(known)
      ? known.settings
      : readSettings(adapter, given, { ...link.settings, ...known?.settings });
  const names = Object.entries(adapter.authorization.secrets).flatMap(([name, { of }]) =>
    of === 'practice' ? [name] : [],
  );
  const missing = names.filter((name) => !given[name]?.trim());
  if (missing.length > 0) throw new ConsentProblem('key-missing', { fields: missing });
  const secrets = Object.fromEntries(names.map((name) => [name, given[name]?.trim() ?? '']));
  try {
    await refuseUnlessOpen(services, { practiceId, link });
    const caller = visitorOf(practiceId, visit);
    await connectWithKey(on, caller, { adapter: id, kind, origin, secrets, settings, link });
  } catch (error) {
    throw problemOf(error);
  }
}
