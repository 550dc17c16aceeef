import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { adapters } from '#adapters';
import { codePage } from '#http/connect/code-page.ts';
import { guidePage, operatorsPart } from '#http/connect/guide-page.ts';
import { html } from '#http/connect/html.ts';
import { type Page, sendPage } from '#http/connect/page.ts';
import { problemPage } from '#http/connect/problem-page.ts';
import { problemWords } from '#http/connect/problem-words.ts';
import { resultPage } from '#http/connect/result-page.ts';
import { setupPage } from '#http/connect/setup-page.ts';
import { ConsentProblem, type ProblemCode } from '#scheduling/consent/problem.ts';
import { settingFields } from '#scheduling/consent/settings-form.ts';
import type { Connected, Step, Unfinished } from '#scheduling/consent/view.ts';
import type { WiderOffer } from '#scheduling/consent/wider.ts';
import { memory } from '../../../adapters/memory/index.ts';

const evil = `"><script>alert('1')</script>&\`\u0000`;

/** What a page would send, by a response that only takes notes. */
function sent(page: Page): {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  status: number;
} {
  const noted = { text: '', headers: {} as Record<string, string>, status: 0 };
  const response = {
    status(status: number) {
      noted.status = status;
      return response;
    },
    set(name: string | Record<string, string>, value?: string) {
      Object.assign(noted.headers, typeof name === 'string' ? { [name]: value } : name);
      return response;
    },
    type: () => response,
    send(text: string) {
      noted.text = text;
      return response;
    },
  };
  // Only these four are used by it.
  sendPage(response as never, '/below', page);
  return noted;
}

const field = {
  name: 'evil',
  title: evil,
  help: evil,
  kind: 'text',
  choices: [],
  required: true,
  standard: evil,
} as const;
const wider = [
  { acceptanceId: 'x', context: 'x', scopes: [evil], by: evil, at: new Date(0), reason: evil },
] as const;
const steps: readonly Step[] = [
  {
    is: 'key',
    secrets: [{ name: 'customerKey', title: evil }],
    fields: [field, { ...field, name: 'tick', kind: 'yes-no' }, { ...field, name: 'list', kind: 'list' }],
  },
  { is: 'base' },
  { is: 'waiting', base: evil },
  {
    is: 'consent',
    server: 'emr.example',
    away: 'https://emr.example',
    asked: [evil],
    never: [evil],
    more: [evil],
    wider,
    fields: [field, { ...field, name: 'pick', kind: 'choice', choices: ['10', evil] }],
    again: false,
  },
];
const connected: Connected = {
  is: 'connected',
  connection: {
    connectionId: 'c',
    adapter: 'toy',
    kind: 'simulator',
    origin: evil,
    secrets: undefined,
    secretsVersion: 0,
    settings: {},
    canWrite: false,
    granted: [evil],
    state: 'degraded',
    stateSince: new Date(0),
    reasonCode: 'unauthorized',
    lastSuccessAt: undefined,
    latencyMs: undefined,
    requests: undefined,
    disabledAt: undefined,
  },
  consent: {
    consentId: 'x',
    connectionId: 'c',
    context: 'x',
    asked: [evil],
    granted: [evil],
    verdict: 'read-only',
    unverified: false,
    consentedAt: new Date(0),
    ended: undefined,
  },
  capabilities: { ...memory.capabilities, cancel: false, reschedule: 'unsupported' },
  wider,
  found: { practitioners: 1, locations: 0, visitTypes: 2 },
};

const setups = steps.flatMap((step) => {
  const setup = { practice: evil, emr: evil, adapter: 'toy', address: evil, step };
  const wrong = new ConsentProblem('settings', { fields: ['evil', 'customerKey', 'pick'] });
  const options = { root: '/below', setup, form: 'token' };
  return [
    [`setup ${step.is}`, setupPage(options)] as const,
    [
      `setup ${step.is}, corrected`,
      setupPage({ ...options, given: { evil, base: evil }, problem: wrong }),
    ] as const,
  ];
});
const refusedWith = (open: WiderOffer['open']): Unfinished => ({
  is: 'problem',
  outcome: { code: 'schedule-refused', revocation: 'revoked', reference: '0199' },
  goesOn: false,
  offer: { open, because: evil, accepted: wider },
});
const result = { root: '/below', practice: evil, emr: evil, adapter: 'toy', form: 'token' };
const pages: readonly (readonly [name: string, page: Page])[] = [
  ['code', codePage('/below/connect/token')],
  ['code, wrong', codePage('/below/connect/token', new ConsentProblem('wrong-code', { triesLeft: 1 }))],
  ...setups,
  ['working', resultPage({ ...result, result: { is: 'working' } })],
  ['connected', resultPage({ ...result, result: connected })],
  [
    'connected well',
    resultPage({
      ...result,
      result: { ...connected, connection: { ...connected.connection, canWrite: true, state: 'connected' } },
    }),
  ],
  [
    'refused',
    resultPage({
      ...result,
      result: {
        is: 'problem',
        outcome: { code: 'scope-wider', surplus: [evil], missing: [evil], revocation: 'failed' },
        goesOn: true,
      },
    }),
  ],
  ['schedule refused', resultPage({ ...result, result: refusedWith([{ scope: evil, opens: evil }]) })],
  ['schedule refused, accepted', resultPage({ ...result, result: refusedWith([]) })],
  [
    'schedule refused, corrected',
    resultPage({
      ...result,
      result: refusedWith([
        { scope: evil, opens: evil },
        { scope: 'other', opens: undefined },
      ]),
      given: { person: evil, reason: evil, [`accept ${evil}`]: 'yes' },
      problem: new ConsentProblem('settings', { fields: ['person', 'reason', 'scopes'] }),
    }),
  ],
  ...Object.keys(problemWords).map((code): [string, Page] => [
    `problem ${code}`,
    // The keys of the table are the codes.
    problemPage(new ConsentProblem(code as ProblemCode), '0199'),
  ]),
  [
    'guide',
    guidePage(
      evil,
      `# ${evil}\n\n${evil}\n\n- \`${evil}\`\n- [x](https://e.example/${evil})\n\n\`\`\`\n${evil}\n\`\`\``,
    ),
  ],
];

test('text is escaped wherever it is put in, and what is HTML stays', () => {
  assert.equal(
    html`<p title="${evil}">${html`<b>${1}</b>`}${[evil.slice(0, 2), undefined, false]}</p>`.toString(),
    `<p title="&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;&#96;\u0000"><b>1</b>&#34;&#62;</p>`,
  );
});

for (const [name, page] of pages) {
  test(`${name}: a whole page, nothing in it that was not ours, and every field with its label`, () => {
    const { text, headers, status } = sent(page);
    assert.match(text, /^<!doctype html>\n<html lang="en">/);
    assert.ok(status === 200 || status >= 400);
    // What somebody wrote is text, and opens no tag and no attribute.
    assert.ok(!text.includes('<script') && !/ on\w+=/.test(text) && !text.includes('style='));
    assert.equal(text.split("alert('1')").length, 1);
    assert.equal([...text.matchAll(/<h1>/g)].length, 1);
    assert.match(text, /<main id="main" tabindex="-1">/);
    assert.match(text, /<title>[^<]+ – Postern<\/title>/);
    const levels = [...text.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
    assert.ok(levels.every((level, index) => level <= (levels[index - 1] ?? level) + 1 || level <= 2));
    const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, 'ids are given once');
    for (const [tag] of text.matchAll(/<(?:input|select|textarea)[^>]*>/g)) {
      if (tag.includes('type="hidden"')) continue;
      const id = / id="([^"]+)"/.exec(tag)?.[1];
      assert.ok(id && text.includes(`<label for="${id}">`), tag);
      for (const described of / aria-describedby="([^"]+)"/.exec(tag)?.[1]?.split(' ') ?? [])
        assert.ok(ids.includes(described), `${tag} ${described}`);
    }
    for (const [, id = ''] of text.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.includes(id), id);
    // Everything that a browser fetches or sends is ours.
    for (const [, address = ''] of text.matchAll(/ (?:src|action|href)="([^"#][^"]*)"/g))
      assert.match(address, /^(\/below\/connect\/|https:\/\/e\.example\/)/);
    if (text.includes('<form method="post"') && name.startsWith('setup'))
      assert.match(text, /name="form" value="token"/);

    const csp = headers['Content-Security-Policy'] ?? '';
    assert.match(csp, /^default-src 'none'; style-src 'self'; form-action '/);
    assert.match(csp, /base-uri 'none'; frame-ancestors 'none'$/);
    assert.ok(!/unsafe|\*|data:|blob:/.test(csp));
    assert.equal(headers['Cache-Control'], 'no-store');
    assert.equal(headers['X-Content-Type-Options'], 'nosniff');
    assert.equal(headers['Referrer-Policy'], text.includes('method="post"') ? 'same-origin' : 'no-referrer');
  });
}

test('only the page that leads to the consent screen lets a form leave', () => {
  for (const [name, page] of pages) {
    const [, action] = /form-action ([^;]*);/.exec(sent(page).headers['Content-Security-Policy'] ?? '') ?? [];
    assert.equal(
      action,
      name.startsWith('setup consent') ? "'self' https://emr.example https:" : "'self'",
      name,
    );
  }
  const loopback = setupPage({
    root: '',
    form: 'token',
    setup: {
      practice: 'p',
      emr: 'e',
      adapter: 'toy',
      address: undefined,
      step: { ...(steps[3] as Extract<Step, { is: 'consent' }>), away: 'http://127.0.0.1:1' },
    },
  });
  assert.match(
    sent(loopback).headers['Content-Security-Policy'] ?? '',
    /form-action 'self' http:\/\/127\.0\.0\.1:1;/,
  );
});

test('a wrong field is named first, in focus, and leads to it', () => {
  const { text } = sent(codePage('/x', new ConsentProblem('wrong-code', { triesLeft: 2 })));
  assert.match(text, /<div class="error-summary" role="alert" tabindex="-1" autofocus>/);
  assert.match(text, /<title>Problem: /);
  assert.match(text, /href="#code"/);
  assert.doesNotMatch(text, /<input[^>]*autofocus/, 'One thing is in focus.');
});

test('a guide’s headings, lists, tables, code and links become a page, all else is text, and the operator’s part is left out', () => {
  const { title, body } = guidePage(
    'Toy',
    [
      '# Connecting Toy',
      'First line',
      'goes on **strongly** and *softly* with `code`.',
      '## Steps',
      '1. One',
      '   more',
      '2. [Two](https://toy.example/docs) and [not this](javascript:alert)',
      '',
      '| A | B |',
      '| --- | --- |',
      '| `x` | a \\| b |',
      '',
      '```sh',
      'npm <run>',
      '',
      'again',
      '```',
      '### Deeper',
      '- a',
      operatorsPart,
      'Not for practices.',
    ].join('\n'),
  );
  assert.equal(title, 'Connecting Toy');
  assert.equal(
    html`${body}`.toString().replaceAll('\n', ''),
    '<p>First line goes on <strong>strongly</strong> and <em>softly</em> with <code>code</code>.</p><h2>Steps</h2>' +
      '<ol start="1"><li>One more</li><li><a href="https://toy.example/docs" rel="noreferrer">Two</a> and [not this](javascript:alert)</li></ol>' +
      '<table><thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead><tbody><tr><td><code>x</code></td><td>a | b</td></tr></tbody></table>' +
      '<pre>npm &#60;run&#62;again</pre><h3>Deeper</h3><ul><li>a</li></ul>',
  );
});

const guides = adapters.map((adapter) => {
  const file = new URL(`../../../adapters/${adapter.id}/CONNECT.md`, import.meta.url);
  const markdown = readFileSync(file, 'utf8');
  return { adapter, markdown, text: sent(guidePage(adapter.title, markdown)).text };
});
assert.ok(guides.length >= 4);

for (const { adapter, markdown, text } of guides) {
  test(`the guide of ${adapter.id} is made of forms that a page knows, so that no mark is left over`, () => {
    const said = text.replaceAll(/<(pre|code)>.*?<\/\1>/gs, '').replaceAll(/<[^>]+>/g, '\n');
    assert.doesNotMatch(said, /[|*]|&#96;|\]\(|^\s*(#|-|\d{1,2}[.)] +\S+ +\S+ +\S+ +\S+ +\S+ +\S+ )/m);
  });

  test(`the guide of ${adapter.id} tells a practice what is its own to do, and nothing of registrations and routes`, () => {
    for (const heading of [
      'Connect',
      'What is allowed, and what never',
      'What stays with your staff',
      'How to end it',
    ])
      assert.match(text, new RegExp(`<h2>\\d\\. ${heading}</h2>`), heading);
    assert.ok(markdown.includes(`\n${operatorsPart}\n`), 'The operator reads on in the file.');
    assert.doesNotMatch(text, /operator|npm run|JWKS|client_secret/i);
    for (const route of Object.keys(adapter.routes))
      assert.ok(!text.includes(`<code>${route}</code>`), route);
  });

  test(`the guide of ${adapter.id} speaks of permissions and settings in the words of the pages`, () => {
    for (const { title } of settingFields(adapter)) assert.ok(text.includes(`<td>${title}</td>`), title);
    const { authorization } = adapter;
    if (authorization.kind !== 'oauth2') return;
    const { ask, inWords, byChoice = [] } = authorization.scopes;
    for (const words of [...inWords.asked, ...inWords.never, ...byChoice.map((choice) => choice.inWords)])
      assert.ok(text.includes(`<li>${words}</li>`), words);
    for (const names of Object.values(ask)) assert.ok(text.includes(`<pre>${names.join('\n')}</pre>`));
  });
}

test('colors keep their contrast', () => {
  const css = readFileSync(new URL('../../../src/http/connect/style.css', import.meta.url), 'utf8');
  const colors = new Map(
    [...css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
  const contrast = (a: string, b: string): number => {
    const [light = 0, dark = 0] = [a, b]
      .map((name) => luminance(colors.get(name) ?? ''))
      .sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  for (const [ink, paper] of [
    ['ink', 'paper'],
    ['ink', 'ground'],
    ['quiet', 'paper'],
    ['quiet', 'ground'],
    ['action', 'paper'],
    ['paper', 'action'],
    ['paper', 'action-dark'],
    ['yes', 'paper'],
    ['no', 'paper'],
    ['no', 'no-paper'],
    ['ink', 'note-paper'],
  ] as const)
    assert.ok(contrast(ink, paper) >= 4.5, `${ink} on ${paper}: ${contrast(ink, paper)}`);
  assert.ok(contrast('field', 'paper') >= 3);
});

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
