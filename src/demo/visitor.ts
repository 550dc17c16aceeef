/** A page as somebody sees it who has no scripts: where it is, what it says, the forms on it. */
export interface VisitedPage {
  readonly url: string;
  readonly status: number;
  readonly html: string;
  /** Its first form, filled in as the page gives it. */
  readonly form: VisitedForm | undefined;
}
interface VisitedForm {
  readonly action: string;
  readonly method: 'GET' | 'POST';
  readonly fields: Readonly<Record<string, string>>;
  /** Names of boxes that nobody has ticked yet. */
  readonly boxes: readonly string[];
  /** Names and values of its buttons, first one first. */
  readonly buttons: readonly { readonly name: string; readonly value: string }[];
}

/** Somebody with a browser of their own: keeps cookies by origin and follows redirects, as a person would be led. */
export interface Visitor {
  open(url: string): Promise<VisitedPage>;
  /** Sends the page's form with these fields over those it had, by the named button's value, or by its first button. */
  send(page: VisitedPage, fields?: Readonly<Record<string, string>>, button?: string): Promise<VisitedPage>;
}

/** Enough for a page of consent and not for more; for the demo, where nobody is there to click. */
export function createVisitor(): Visitor {
  const cookies = new Map<string, Map<string, string>>();

  async function go(
    address: string,
    method: 'GET' | 'POST',
    body: URLSearchParams | undefined,
    from: string | undefined,
  ): Promise<VisitedPage> {
    let step = { url: new URL(address), method, body };
    for (let redirects = 0; redirects < 12; redirects += 1) {
      const { origin } = step.url;
      const jar = cookies.get(origin) ?? new Map<string, string>();
      cookies.set(origin, jar);
      const answer = await fetch(step.url, {
        method: step.method,
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          ...(jar.size > 0 && { cookie: [...jar].map((pair) => pair.join('=')).join('; ') }),
          ...(step.method === 'POST' && from !== undefined && { origin: new URL(from).origin }),
        },
        ...(step.body && { body: step.body }),
      });
      for (const line of answer.headers.getSetCookie()) keep(jar, line);
      const next = answer.headers.get('location');
      if (answer.status < 300 || answer.status >= 400 || next === null)
        return page(step.url.href, answer.status, await answer.text());
      await answer.body?.cancel();
      step = { url: new URL(next, step.url), method: 'GET', body: undefined };
    }
    throw new Error('The pages of consent lead in a circle.');
  }

  return {
    open: (url) => go(url, 'GET', undefined, undefined),
    send({ url, form }, fields = {}, button) {
      if (form === undefined)
        throw new Error(`There is nothing to send on the page of ${new URL(url).origin}.`);
      const pressed = form.buttons.find(({ value }) => button === undefined || value === button);
      const all = { ...form.fields, ...(pressed && { [pressed.name]: pressed.value }), ...fields };
      const body = new URLSearchParams(all);
      if (form.method === 'POST') return go(form.action, 'POST', body, url);
      return go(`${form.action}?${body}`, 'GET', undefined, url);
    },
  };
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const name = pair.slice(0, pair.indexOf('='));
  const isGone = attributes.some((each) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(each));
  if (isGone) jar.delete(name);
  else jar.set(name, pair.slice(pair.indexOf('=') + 1));
}

function page(url: string, status: number, html: string): VisitedPage {
  const [, head, inside] = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html) ?? [];
  if (head === undefined || inside === undefined) return { url, status, html, form: undefined };
  const inputs = [...inside.matchAll(/<(?:input|select)\b([^>]*)>/gi)].map(([, text = '']) => text);
  const fields = inputs.flatMap((text): [string, string][] => {
    const name = attribute(text, 'name');
    const type = attribute(text, 'type') ?? 'text';
    const isOff = ['checkbox', 'radio'].includes(type) && !/\bchecked\b/i.test(text);
    return name === undefined || isOff || type === 'submit' ? [] : [[name, attribute(text, 'value') ?? '']];
  });
  const boxes = inputs.flatMap((text) =>
    attribute(text, 'type') === 'checkbox' && !/\bchecked\b/i.test(text)
      ? (attribute(text, 'name') ?? [])
      : [],
  );
  const areas = [...inside.matchAll(/<textarea\b([^>]*)>([^<]*)<\/textarea>/gi)].flatMap(
    ([, text = '', value = '']): [string, string][] => {
      const name = attribute(text, 'name');
      return name === undefined ? [] : [[name, unescaped(value)]];
    },
  );
  const buttons = [...inside.matchAll(/<button\b([^>]*)>/gi)].flatMap(([, text = '']) => {
    const name = attribute(text, 'name');
    return name === undefined ? [] : [{ name, value: attribute(text, 'value') ?? '' }];
  });
  return {
    url,
    status,
    html,
    form: {
      action: new URL(attribute(head, 'action') ?? url, url).href,
      method: attribute(head, 'method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      fields: Object.fromEntries([...fields, ...areas]),
      boxes,
      buttons,
    },
  };
}

function attribute(text: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`, 'i').exec(text)?.[1];
  return value === undefined ? undefined : unescaped(value);
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
