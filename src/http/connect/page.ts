import type { Response } from 'express';
import { type Html, html, type Piece } from './html.ts';

export interface Page {
  readonly title: string;
  /** What stands in `main`, below the heading. */
  readonly body: Piece;
  readonly status?: number;
  /** Where forms of this page may lead besides here: the consent screen's origin. */
  readonly away?: string | undefined;
  /** It has forms of its own. */
  readonly forms?: true;
  /** Of an error: stands before the heading in the window's title. */
  readonly isError?: boolean;
  /** Loads the page again after so many seconds. */
  readonly refreshSeconds?: number;
}

/** Below which path of the public address everything stands: '' unless a proxy serves us below one. */
export function rootOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '');
}

/**
 * Sends a page: no scripts, nothing from elsewhere, kept nowhere, and its address told to nobody else.
 *
 * Where a form leads away, browsers check every hop of the redirects that follow against `form-action` (CSP Level 3
 * §6.4.1), and an EMR's consent screen may send people on to a sign-in host that nobody knows before: so that page
 * alone lets forms lead to any https address.
 */
export function sendPage(response: Response, root: string, page: Page): void {
  const { title, body, status = 200, away, isError = false, refreshSeconds } = page;
  const formAction =
    away === undefined ? "'self'" : `'self' ${away}${away.startsWith('https:') ? ' https:' : ''}`;
  response
    .status(status)
    .set({
      'Content-Security-Policy': `default-src 'none'; style-src 'self'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
      // A form's request has to say where it comes from, which `no-referrer` would take from it (Fetch, "Origin" header).
      'Referrer-Policy': page.forms ? 'same-origin' : 'no-referrer',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Robots-Tag': 'noindex',
    })
    .type('html');
  if (refreshSeconds !== undefined) response.set('Refresh', String(refreshSeconds));
  response.send(document(root, isError ? `Problem: ${title}` : title, title, body).toString());
}

function document(root: string, windowTitle: string, heading: string, body: Piece): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${windowTitle} – Postern</title>
<link rel="stylesheet" href="${root}/connect/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the page</a>
<header><p>Postern <span>scheduling gateway</span></p></header>
<main id="main" tabindex="-1">
<h1>${heading}</h1>
${body}
</main>
<footer><p>Only what scheduling needs passes through here: openings, appointments and whom they are for.</p></footer>
</body>
</html>
`;
}

/** What went wrong with a form, first on the page and in focus: each entry leads to its field. */
export function errorSummary(
  title: string,
  say: string,
  fields: readonly { readonly id: string; readonly text: string }[] = [],
): Html {
  return html`<div class="error-summary" role="alert" tabindex="-1" autofocus>
<h2>${title}</h2>
<p>${say}</p>
${fields.length > 0 && html`<ul>${fields.map(({ id, text }) => html`<li><a href="#${id}">${text}</a></li>`)}</ul>`}
</div>`;
}

/** A list with its heading. */
export function listed(heading: string, items: readonly Piece[], kind = 'plain'): Html {
  return html`<h2>${heading}</h2>
<ul class="${kind}">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
