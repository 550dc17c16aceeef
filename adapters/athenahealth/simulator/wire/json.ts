import type { EmrAnswer } from '#simulator-kit/index.ts';
import type { Settings } from '../settings.ts';

/** A JSON answer in the manner that the practice is set to. */
export function answer({ settings }: { readonly settings: Settings }, value: unknown): EmrAnswer {
  const text = JSON.stringify(inManner(settings, '', value));
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: settings.escapeSlashes ? text.replaceAll('/', '\\/') : text,
  };
}

function inManner(settings: Settings, key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => inManner(settings, key, item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name, member]) => settings.emptyValues === 'recorded' || !isEmpty(name, member))
        .map(([name, member]) => {
          const flag = FLAGS.has(name) && typeof member !== 'object';
          return [settings.ynSuffix && flag ? `${name}yn` : name, inManner(settings, name, member)];
        }),
    );
  if (settings.typing === 'strings') return typeof value === 'string' ? value : String(value);
  return settings.typing === 'proper' ? proper(key, value) : value;
}

/** Flags that the documentation spells with `yn`. */
const FLAGS: ReadonlySet<string> = new Set(
  'frozen urgent generic patient templatetypeonly coordinatorenterprise hideinportal'.split(' '),
);

function isEmpty(name: string, value: unknown): boolean {
  return value === '' || (value === 0 && name.endsWith('providerid'));
}

function proper(key: string, value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  const isNumber = /(id|duration|score)$/.test(key) && typeof value === 'string' && /^-?\d+$/.test(value);
  return isNumber ? Number(value) : value;
}
