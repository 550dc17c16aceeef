import assert from 'node:assert/strict';
import { type Caller, nilAgent } from '#scheduling/caller.ts';
import type { NewLink } from '#scheduling/consent/links.ts';
import { rowId } from '#scheduling/ids.ts';
import { type Browser, openBrowser, type Shown, textOf } from '../../http/connect/browser.ts';
import type { ConnectGateway } from '../../http/connect/support.ts';

/** Kim Lee at the command line. */
export function operatorOf(practiceId: string): Caller {
  return { practiceId, agentId: nilAgent, actor: 'operator:Kim Lee', requestId: rowId(), origin: 'cli' };
}

export interface AtSetup {
  readonly browser: Browser;
  readonly setup: Shown;
  readonly connectionId: string;
  readonly linkId: string;
}

/** A browser that has entered a link's code. */
export async function atSetup(
  gateway: ConnectGateway,
  practice: string,
  asked: Partial<NewLink> = {},
): Promise<AtSetup> {
  const { url, code, connectionId, linkId } = await gateway.link(practice, asked);
  const browser = openBrowser();
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  assert.equal(setup.url.pathname, '/connect/setup', textOf(setup));
  return { browser, setup, connectionId, linkId };
}

/** The way back that a browser is about to go, after the person has said yes at the toy EMR. */
export async function wayBack(gateway: ConnectGateway, { browser, setup }: AtSetup): Promise<URL> {
  const consented = await browser.press(await browser.press(setup, 'Continue to Toy EMR'), 'Sign in');
  browser.stopAt(`${gateway.url}/oauth/cb/`);
  return (await browser.press(consented, 'Allow')).url;
}

/** All the way there and back. */
export async function connect(gateway: ConnectGateway, at: AtSetup): Promise<void> {
  assert.match(textOf(await at.browser.arrive(await wayBack(gateway, at))), /is connected/);
}

export interface StoredConnection {
  readonly connection_id: string;
  readonly state: string;
  readonly reason_code: string | null;
  readonly origin: string;
  readonly secrets: Buffer | null;
  readonly secrets_version: number;
  readonly disabled_at: Date | null;
}

export async function connectionsOf(gateway: ConnectGateway, practice: string): Promise<StoredConnection[]> {
  const { rows } = await gateway.database.asOwner(
    'select * from connection where practice_id = $1 order by created_at',
    [practice],
  );
  return rows;
}

export async function endOf(gateway: ConnectGateway, linkId: string): Promise<string | null> {
  const { rows } = await gateway.database.asOwner('select end_code from connect_link where link_id = $1', [
    linkId,
  ]);
  return rows[0]?.end_code;
}
