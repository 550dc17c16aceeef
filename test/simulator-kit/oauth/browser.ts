import assert from 'node:assert/strict';

/**
 * A browser that knows cookies, redirects and forms, and nothing else. It stays with one origin: a redirect that leaves
 * it is where it stops.
 */
export function openBrowser(): Browser {
  const jar = new Map<string, { readonly path: string; readonly value: string }>();
  const cookies = (path: string): string =>
    [...jar]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  const keep = (response: Response): void => {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /; path=([^;]+)/i.exec(line)?.[1] ?? '/';
      if (value === '') jar.delete(name);
      else jar.set(name, { path, value });
    }
  };
  const go = async (address: string | URL, init: RequestInit = {}): Promise<Page> => {
    let url = new URL(address);
    const { origin } = url;
    let next: RequestInit = init;
    for (let hops = 0; hops < 10; hops++) {
      const response = await fetch(url, {
        ...next,
        redirect: 'manual',
        headers: { cookie: cookies(url.pathname), accept: 'text/html', connection: 'close' },
      });
      keep(response);
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { url, status: response.status, text, headers: response.headers };
      url = new URL(location, url);
      if (url.origin !== origin) return { url, status: response.status, text: '', headers: response.headers };
      next = {};
    }
    return assert.fail('It redirects for ever.');
  };
  return {
    go,
    press(page, button, typed = {}) {
      const fields = new URLSearchParams();
      for (const [input] of page.text.matchAll(/<input [^>]*>/g))
        fields.set(attribute(input, 'name'), attribute(input, 'value'));
      for (const [name, value] of Object.entries(typed)) fields.set(name, value);
      const found = [...page.text.matchAll(/<button [^>]*>([^<]*)<\/button>/g)].find(
        ([, said]) => said === button,
      );
      assert.ok(found, `There is no button ${button} on:\n${page.text}`);
      fields.set(attribute(found[0], 'name'), attribute(found[0], 'value'));
      return go(page.url, { method: 'POST', body: fields });
    },
  };
}

export interface Browser {
  go(address: string | URL): Promise<Page>;
  /** Sends the form of a page by one of its buttons, as it is filled in and then as typed. */
  press(page: Page, button: string, typed?: Readonly<Record<string, string>>): Promise<Page>;
}
export interface Page {
  /** Where it is, or where a redirect led out of the simulator. */
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

function attribute(tag: string, name: string): string {
  const raw = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return raw.replace(/&(#?\w+);/g, (entity, sign: string) => signs[sign] ?? entity);
}
