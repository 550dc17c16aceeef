import assert from 'node:assert/strict';

/** What a browser shows after it has followed wherever it was sent. */
export interface Shown {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Addresses it was redirected through, the first one first. */
  readonly way: readonly URL[];
}

export interface Browser {
  /** Follows a link that somebody sent, or types an address. */
  open(address: string | URL): Promise<Shown>;
  /** Follows a redirect or link of another site's page. */
  arrive(address: string | URL): Promise<Shown>;
  /** Sends the page's form whose button says this, filled in as it is and then as typed. */
  press(page: Shown, button: string, typed?: Readonly<Record<string, string>>): Promise<Shown>;
  /** Stops before this address instead of going there, once: where a redirect would lead. */
  stopAt(begin: string): void;
  /** What a site of this origin could read of the cookies: for tests that steal or plant one. */
  readonly cookies: Map<string, string>;
}

/**
 * A browser that knows cookies, redirects, forms and Fetch Metadata, and no scripts. Cookies belong to the host, as in
 * every browser: ports do not part them.
 */
export function openBrowser(options: { readonly metadata?: boolean } = {}): Browser {
  const { metadata = true } = options;
  const cookies = new Map<string, string>();
  let stop: string | undefined;

  async function go(address: string | URL, site: string, init: RequestInit = {}): Promise<Shown> {
    let url = new URL(address);
    let next: RequestInit = init;
    const way: URL[] = [];
    for (let hops = 0; hops < 12; hops++) {
      if (stop !== undefined && url.href.startsWith(stop)) {
        stop = undefined;
        return { url, status: 0, headers: new Headers(), text: '', way };
      }
      const answer = await fetch(url, {
        ...next,
        redirect: 'manual',
        headers: {
          ...Object.fromEntries(new Headers(next.headers)),
          accept: 'text/html',
          connection: 'close',
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(metadata && { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }),
        },
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const text = await answer.text();
      const location = answer.headers.get('location');
      if (location === null) return { url, status: answer.status, headers: answer.headers, text, way };
      const target = new URL(location, url);
      way.push(target);
      // Once a chain has left its site it never counts as the same again.
      if (target.origin !== url.origin && site !== 'none') site = 'cross-site';
      url = target;
      next = {};
    }
    return assert.fail('It redirects for ever.');
  }

  return {
    cookies,
    open: (address) => go(address, 'none'),
    arrive: (address) => go(address, 'cross-site'),
    stopAt(begin) {
      stop = begin;
    },
    press(page, button, typed = {}) {
      const form = [...page.text.matchAll(/<form [^>]*>.*?<\/form>/gs)]
        .map(([whole]) => whole)
        .find((one) => buttonIn(one, button) !== undefined);
      assert.ok(form, `There is no button "${button}" on:\n${page.text}`);
      const fields = new URLSearchParams();
      for (const [tag] of form.matchAll(/<input [^>]*>/g)) {
        if (/type="checkbox"/.test(tag) && !/ checked/.test(tag)) continue;
        fields.set(attribute(tag, 'name'), attribute(tag, 'value'));
      }
      for (const [whole, select = ''] of form.matchAll(/<select ([^>]*)>.*?<\/select>/gs)) {
        const options = [...whole.matchAll(/<option [^>]*>/g)].map(([tag]) => tag);
        const chosen = options.find((tag) => / selected/.test(tag)) ?? options[0] ?? '';
        fields.set(attribute(` ${select}`, 'name'), attribute(chosen, 'value'));
      }
      for (const [, tag = '', text = ''] of form.matchAll(/<textarea( [^>]*)>(.*?)<\/textarea>/gs))
        fields.set(attribute(tag, 'name'), unescaped(text));
      const pressed = buttonIn(form, button) ?? '';
      if (attribute(pressed, 'name') !== '')
        fields.set(attribute(pressed, 'name'), attribute(pressed, 'value'));
      for (const [name, value] of Object.entries(typed)) fields.set(name, value);
      const target = new URL(attribute(form, 'action') || page.url.href, page.url);
      if (attribute(form, 'method') === 'get') return go(target, 'same-origin');
      return go(target, target.origin === page.url.origin ? 'same-origin' : 'cross-site', {
        method: 'POST',
        body: fields,
        headers: { origin: page.url.origin },
      });
    },
  };
}

/** The text of a page without its tags. */
export function textOf(page: Pick<Shown, 'text'>): string {
  return unescaped(page.text.replaceAll(/<head>.*?<\/head>/gs, '').replaceAll(/<[^>]+>/g, ' ')).replaceAll(
    /\s+/g,
    ' ',
  );
}

function buttonIn(form: string, said: string): string | undefined {
  return [...form.matchAll(/<button([^>]*)>([^<]*)<\/button>/g)].find(
    ([, , text]) => unescaped(text ?? '') === said,
  )?.[0];
}

function attribute(tag: string, name: string): string {
  const head = tag.slice(0, tag.indexOf('>') + 1 || tag.length);
  return unescaped(new RegExp(` ${name}="([^"]*)"`).exec(head)?.[1] ?? '');
}

function unescaped(text: string): string {
  return text
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
