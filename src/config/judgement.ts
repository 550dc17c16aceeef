import type { Secret } from '#vault/secret.ts';
import { generatedKeys, isLoopback } from './forms.ts';
import type { Settings } from './variables.ts';

/** A sentence that holds when `when` does. Sentences name variables, never their values. */
interface Rule {
  readonly when: (settings: Settings, purpose: 'gateway' | 'demo') => boolean;
  readonly say: string;
}

/** What cannot work, wherever it runs. */
const impossible: readonly Rule[] = [
  {
    when: (s) => s.OPERATOR_HOST !== undefined && !isLoopback(s.OPERATOR_HOST),
    say: 'OPERATOR_HOST has to be a loopback address: metrics and operator routes are never public.',
  },
  {
    when: (s) => s.HOST !== undefined && !isLoopback(s.HOST) && s.PUBLIC_URL === undefined,
    say: 'PUBLIC_URL is needed when HOST is not a loopback address: agents must know where to call.',
  },
  {
    when: (s) => s.POSTERN_TLS === 'files' && (!s.POSTERN_TLS_CERT || !s.POSTERN_TLS_KEY),
    say: 'POSTERN_TLS_CERT and POSTERN_TLS_KEY are both needed with POSTERN_TLS=files.',
  },
  {
    when: (s) => s.POSTERN_TLS !== 'files' && Boolean(s.POSTERN_TLS_CERT ?? s.POSTERN_TLS_KEY),
    say: 'POSTERN_TLS_CERT and POSTERN_TLS_KEY are used only with POSTERN_TLS=files.',
  },
  {
    when: (s) => s.TRUSTED_PROXY !== undefined && s.POSTERN_TLS !== 'proxy',
    say: 'TRUSTED_PROXY is used only with POSTERN_TLS=proxy.',
  },
  {
    when: (s) => s.DATABASE_OWNER_URL !== undefined && s.DATABASE_URL === undefined,
    say: 'DATABASE_URL is missing although DATABASE_OWNER_URL is set: the gateway itself needs the address of postern_app.',
  },
  {
    when: (s) => isPlain(s.OPEN_DENTAL_ORIGIN) && !isLoopback(hostOf(s.OPEN_DENTAL_ORIGIN)),
    say: 'OPEN_DENTAL_ORIGIN has to begin with https://.',
  },
];

/** What production refuses. */
const refusedInProduction: readonly Rule[] = [
  {
    when: (_, purpose) => purpose === 'demo',
    say: 'NODE_ENV=production refuses demo practices. Use npm run gateway.',
  },
  {
    when: (s) => s.POSTERN_SIMULATORS === 'on',
    say: 'POSTERN_SIMULATORS=on is refused in production: patients are not booked in a simulator.',
  },
  {
    when: (s) => isPlain(s.OPEN_DENTAL_ORIGIN),
    say: 'OPEN_DENTAL_ORIGIN has to begin with https:// in production.',
  },
  {
    when: (s) => s.POSTERN_KEYS === undefined,
    say: 'POSTERN_KEYS is missing: production does not make its own keys. Keep the ring where backups of the database do not go.',
  },
  {
    when: (s) => s.POSTERN_KEYS?.file === generatedKeys(s.POSTERN_STATE_DIR),
    say: 'POSTERN_KEYS names the keys that a start for trying made. Make a ring of its own for production.',
  },
  {
    when: (s) => s.DATABASE_URL === undefined,
    say: 'DATABASE_URL is missing: the embedded database is for trying only.',
  },
  {
    when: (s) => isUnverified(s.DATABASE_URL),
    say: 'DATABASE_URL needs sslmode=verify-full: PostgreSQL is neither on loopback nor behind a socket.',
  },
  {
    when: (s) => isUnverified(s.DATABASE_OWNER_URL),
    say: 'DATABASE_OWNER_URL needs sslmode=verify-full: PostgreSQL is neither on loopback nor behind a socket.',
  },
  {
    when: (s) => s.DATABASE_URL !== undefined && userOf(s.DATABASE_URL) === userOf(s.DATABASE_OWNER_URL),
    say: 'DATABASE_URL and DATABASE_OWNER_URL name the same user: row-level security would not hold against an owner.',
  },
  {
    when: (s) => userOf(s.DATABASE_URL) === 'postgres',
    say: 'DATABASE_URL names the superuser postgres. The gateway is postern_app and nothing else.',
  },
  {
    when: (s) => s.PUBLIC_URL === undefined,
    say: 'PUBLIC_URL is missing: say under which https:// address agents reach the gateway.',
  },
  {
    when: (s) => isPlain(s.PUBLIC_URL),
    say: 'PUBLIC_URL has to begin with https:// in production.',
  },
  {
    when: (s) => s.POSTERN_TLS === undefined || s.POSTERN_TLS === 'none',
    say: 'POSTERN_TLS has to say who ends TLS: proxy, or files with POSTERN_TLS_CERT and POSTERN_TLS_KEY.',
  },
  {
    when: (s) => s.AUDIT_CHECKPOINT_DIR === undefined,
    say: 'AUDIT_CHECKPOINT_DIR is missing: name a folder that whoever can change the database cannot change.',
  },
  {
    when: (s) => s.TOKEN_SPILL_DIR === undefined,
    say: 'TOKEN_SPILL_DIR is missing: name a folder on a local disk that outlives the process.',
  },
  {
    when: (s) => s.POSTERN_PROTOCOL !== undefined,
    say: 'POSTERN_PROTOCOL is refused in production: shorter quiet periods mean double bookings.',
  },
  {
    when: (s) => s.DEBUG !== undefined,
    say: 'DEBUG is refused in production: what libraries print of their requests holds ids of patients.',
  },
  {
    when: (s) => s.LOG_LEVEL === 'silent',
    say: 'LOG_LEVEL=silent is refused in production: alerts are log events too.',
  },
];

/** Defaults that serve a demo and would not serve patients; said aloud at every start outside production. */
const spokenOutsideProduction: readonly Rule[] = [
  {
    when: (s) => s.DATABASE_URL === undefined,
    say: 'DATABASE_URL is not set: the embedded database is for trying; it does not survive a power cut.',
  },
  {
    when: (s) => s.POSTERN_KEYS === undefined,
    say: 'POSTERN_KEYS is not set: the keys were made here and lie beside what they seal.',
  },
  {
    when: (s) => isUnverified(s.DATABASE_URL),
    say: 'DATABASE_URL goes over a network without sslmode=verify-full: what it carries can be read and changed.',
  },
  {
    when: (s) => (s.POSTERN_TLS ?? 'none') === 'none' && s.HOST !== undefined && !isLoopback(s.HOST),
    say: 'HOST is not a loopback address and POSTERN_TLS is none: tokens and patients travel in the clear.',
  },
  {
    when: (s) => s.POSTERN_PROTOCOL !== undefined,
    say: 'POSTERN_PROTOCOL changes the times that keep bookings from being made twice.',
  },
];

/** Everything for which a start is refused. */
export function refusals(settings: Settings, purpose: 'gateway' | 'demo'): string[] {
  const rules = settings.NODE_ENV === 'production' ? [...impossible, ...refusedInProduction] : impossible;
  return rules.filter((rule) => rule.when(settings, purpose)).map((rule) => rule.say);
}

export function warnings(settings: Settings): string[] {
  if (settings.NODE_ENV === 'production') return [];
  return spokenOutsideProduction.filter((rule) => rule.when(settings, 'gateway')).map((rule) => rule.say);
}

function isPlain(address: string | undefined): boolean {
  return address?.startsWith('http://') ?? false;
}

function hostOf(address: string | undefined): string {
  return address === undefined ? '' : new URL(address).hostname;
}

function userOf(address: Secret | undefined): string | undefined {
  return address && decodeURIComponent(new URL(address.reveal()).username);
}

/** Does this address of PostgreSQL cross a network without a checked certificate and host name? */
function isUnverified(address: Secret | undefined): boolean {
  if (address === undefined) return false;
  const url = new URL(address.reveal());
  const name = decodeURIComponent(url.hostname);
  return !name.startsWith('/') && !isLoopback(name) && url.searchParams.get('sslmode') !== 'verify-full';
}
