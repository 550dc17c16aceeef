import type { Capabilities } from '#adapter-kit/adapter.ts';
import type { Outcome } from '#scheduling/consent/pending.ts';
import type { Connected, Result } from '#scheduling/consent/view.ts';
import type { Consent } from '#store/consents.ts';
import { type Html, html, type Piece } from './html.ts';
import { errorSummary, listed, type Page } from './page.ts';
import { problemWords } from './problem-words.ts';
import { widerNotice } from './setup-page.ts';

export interface ResultPage {
  readonly root: string;
  readonly practice: string;
  readonly emr: string;
  readonly adapter: string;
  readonly result: Exclude<Result, { is: 'nothing' }>;
  readonly form: string;
}

/** How the connection went, and what it can do. */
export function resultPage(options: ResultPage): Page {
  const { result } = options;
  if (result.is === 'working')
    return {
      title: 'One moment',
      refreshSeconds: 2,
      body: html`<p role="status">The connection is being made. This page loads itself again.</p>
<p><a href="${options.root}/connect/result">Load it now</a></p>`,
    };
  return result.is === 'problem' ? problemResult(options, result) : connected(options, result);
}

function problemResult(
  { root, practice, emr }: ResultPage,
  { outcome, goesOn }: { readonly outcome: Outcome; readonly goesOn: boolean },
): Page {
  const { code, surplus = [], missing = [], revocation, reference } = outcome;
  const words = problemWords[code === 'connected' ? 'internal' : code];
  return {
    title: goesOn ? 'Not renewed' : 'Not connected',
    // The page itself is there; what it tells of is not.
    isError: true,
    body: html`${errorSummary(words.title, words.say)}
<p class="steps">${practice} · ${emr}</p>
<p>${words.next}</p>
${goesOn && html`<p>The connection that ${practice} has goes on as before.</p>`}
${surplus.length > 0 && listed('Allowed beyond scheduling', inCode(surplus))}
${missing.length > 0 && listed('Missing permissions', inCode(missing))}
${revocation !== undefined && html`<p>${revocationSaid[revocation]}</p>`}
<p><a class="button" href="${root}/connect/setup">Start again</a></p>
${reference !== undefined && html`<p class="reference">Reference: <code>${reference}</code></p>`}`,
  };
}

const revocationSaid = {
  revoked: 'What was allowed has been given back to your EMR.',
  'not-offered':
    'What was allowed was thrown away here. If your EMR lists the gateway among its apps, remove it there.',
  failed:
    'What was allowed was thrown away here, but your EMR could not be told. If it lists the gateway among its apps, remove it there.',
} as const;

function connected(options: ResultPage, result: Connected): Page {
  const { root, practice, emr, adapter, form } = options;
  const { connection, consent, capabilities, wider, found } = result;
  const works = connection.state === 'connected';
  return {
    title: works ? `${practice} is connected` : `${practice} is connected, with one thing to check`,
    ...(!works && { forms: true }),
    body: html`<p class="steps">Step 3 of 3 · ${emr}</p>
${
  works
    ? html`<p role="status">The gateway has read your schedule’s set-up: ${count(found.practitioners, 'practitioner')}, ${count(found.locations, 'place')}, ${count(found.visitTypes, 'visit type')}.</p>`
    : notProven(root, form, connection.reasonCode)
}
<h2>What the connection can do</h2>
<table>
<thead><tr><th scope="col">Task</th><th scope="col">By the phone agent?</th></tr></thead>
<tbody>${abilities(capabilities).map(
      ([task, can, how]) =>
        html`<tr><th scope="row">${task}</th><td><span class="${can ? 'yes' : 'no'}">${can ? 'Yes' : 'No'}</span>${how !== '' && `: ${how}`}</td></tr>`,
    )}</tbody>
</table>
${!connection.canWrite && readOnly}
${consent && asked(consent)}
${consent?.unverified && html`<p>Your EMR did not say what it allowed. What was asked for counts as allowed, and the first look at your schedule ${works ? 'showed that it works' : 'has to show that it works'}.</p>`}
${wider.length > 0 && widerNotice(wider)}
<h2>What your staff still have to do</h2>
<p><a href="${root}/connect/guide/${adapter}">Steps in ${emr}, and what stays with your staff</a>. Visit types and who may book them can be changed later: ask the person who sent you the link.</p>
<p>You can end the connection at any time, in your EMR or by asking that person. You can close this page now.</p>`,
  };
}

/** What was asked and what was granted, once where it is the same: for whoever knows the EMR’s own words. */
function asked({ asked: names, granted, unverified }: Consent): Piece {
  if (unverified) return exact('that were asked for', names);
  const isSame = new Set([...names, ...granted]).size === names.length && granted.length === names.length;
  if (isSame) return exact('that were asked for and allowed', names);
  return [exact('that were asked for', names), exact('that were allowed', granted)];
}

const readOnly = html`<div class="note"><p><strong>Your EMR allowed reading only.</strong> Openings can be found, and your staff finish every booking by hand. To change this, ask for a new link and allow making appointments.</p></div>`;

function notProven(root: string, form: string, reason: string | undefined): Html {
  const words = problemWords[reason === 'unauthorized' ? 'emr-refused-access' : 'emr-away'];
  return html`<div class="note"><h2>${words.title}</h2>
<p>${words.say} ${words.next}</p>
<form method="post" action="${root}/connect/check"><input type="hidden" name="form" value="${form}"><button>Check again</button></form></div>`;
}

function abilities(can: Capabilities): readonly (readonly [task: string, can: boolean, how: string])[] {
  const byStaff = 'your staff do this';
  return [
    ['Find openings', can.find, can.find ? '' : 'settings of the connection are missing'],
    [
      'Keep a time while the caller decides',
      can.find,
      can.hold === 'native' ? 'your EMR keeps it too' : 'in the gateway; your EMR does not see it',
    ],
    ['Book', can.book, can.book ? '' : 'requests wait for your staff'],
    ['Move', can.reschedule !== 'unsupported', can.reschedule === 'unsupported' ? byStaff : ''],
    ['Cancel', can.cancel, can.cancel ? '' : byStaff],
    ['Add a new patient', can.createPatient, can.createPatient ? '' : byStaff],
  ];
}

function exact(which: string, names: readonly string[]): Html {
  return html`<details>
<summary>The exact permissions ${which}</summary>
<ul>${inCode(names).map((name) => html`<li>${name}</li>`)}</ul>
</details>`;
}

function inCode(names: readonly string[]): Html[] {
  return names.map((name) => html`<code>${name}</code>`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
