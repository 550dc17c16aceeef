import type { Capabilities } from '#adapter-kit/adapter.ts';
import type { ConsentProblem } from '#scheduling/consent/problem.ts';
import type { Connected, Result, Unfinished } from '#scheduling/consent/view.ts';
import type { WiderOffer } from '#scheduling/consent/wider.ts';
import type { Consent } from '#store/consents.ts';
import { attributes, type Given, wrongLine } from './fields.ts';
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
  /** What was filled in and has to be corrected. */
  readonly given?: Given;
  readonly problem?: ConsentProblem;
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
  if (result.is !== 'problem') return connected(options, result);
  return result.offer === undefined
    ? problemResult(options, result)
    : refusedResult(options, result, result.offer);
}

function problemResult({ root, practice, emr }: ResultPage, { outcome, goesOn }: Unfinished): Page {
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

/** The EMR let us in and does not show its schedule: why that may be, and the two ways on. */
function refusedResult(options: ResultPage, { outcome, goesOn }: Unfinished, offer: WiderOffer): Page {
  const { root, practice, emr, adapter, problem } = options;
  const { revocation, reference } = outcome;
  const words = problemWords['schedule-refused'];
  const correct = problem && problemWords[problem.code];
  const mayWiden = offer.open.length > 0;
  return {
    title: goesOn ? 'Not renewed' : 'Not connected',
    isError: true,
    ...(mayWiden && { forms: true }),
    ...(correct && { status: correct.status }),
    body: html`${correct ? errorSummary(correct.title, `${correct.say} ${correct.next}`, acceptLinks(problem)) : errorSummary(words.title, words.say)}
<p class="steps">${practice} · ${emr}</p>
${goesOn && html`<p>The connection that ${practice} has goes on as before.</p>`}
${revocation !== undefined && html`<p>${revocationSaid[revocation]}</p>`}
<h2>What is in the way</h2>
<p>${mayWiden ? words.next : 'What can be accepted has been accepted, so this is left:'}</p>
<ul>
<li><strong>A permission inside ${emr}.</strong> The person who signed in may not see the schedule there. Somebody who looks after the users of ${emr} can switch that on: <a href="${root}/connect/guide/${adapter}">which permission it is</a>.</li>
${mayWiden && html`<li><strong>A wider consent.</strong> ${offer.because}</li>`}
</ul>
<h2>${mayWiden ? 'First try: the permission' : 'Try again'}</h2>
<p>Switch the permission on, or let somebody sign in who has it, and try again. Nothing more is asked for than before.</p>
<p><a class="button" href="${root}/connect/setup">Try again</a></p>
${offer.accepted.length > 0 && widerNotice(offer.accepted)}
${mayWiden && acceptForm(options, offer)}
${reference !== undefined && html`<p class="reference">Reference: <code>${reference}</code></p>`}`,
  };
}

function acceptForm({ root, emr, form, given, problem }: ResultPage, { open }: WiderOffer): Html {
  const wrong = problem?.details.fields ?? [];
  return html`<h2>If that did not help: accept a wider consent</h2>
<p>${emr} may show its schedule only to who is allowed this as well. It is more than scheduling needs, and this is what it technically opens:</p>
<ul>${open.map(({ scope, opens }) => html`<li><code>${scope}</code>${opens !== undefined && `: ${opens}`}</li>`)}</ul>
<p><strong>The gateway does not use it.</strong> Every request is compared with a fixed list before it leaves, and that list holds scheduling and nothing else. Of every answer it keeps what scheduling needs and drops the rest. Still, your practice should know what it allows, so somebody has to answer for it by name. It is kept on record.</p>
<form method="post" action="${root}/connect/wider">
<input type="hidden" name="form" value="${form}">
<fieldset>
<legend>What is accepted</legend>
${wrongLine(acceptId(0), wrong.includes('scopes'))}
${open.map(
  ({ scope }, index) => html`<div class="field choice">
<input id="${acceptId(index)}" name="${acceptName(scope)}" type="checkbox" value="yes"${given?.[acceptName(scope)] === 'yes' && html` checked`}${index === 0 && attributes(acceptId(0), { helpId: undefined, required: false, isWrong: wrong.includes('scopes') })}>
<label for="${acceptId(index)}">I accept <code>${scope}</code></label>
</div>`,
)}
</fieldset>
${line('person', personLabel, 'First and last name of the person who answers for this in your practice.', 80)}
${line('reason', reasonLabel, 'In your own words, on one line.', 500)}
<button>Accept and go on</button>
</form>`;

  function line(name: 'person' | 'reason', label: string, help: string, longest: number): Html {
    const isWrong = wrong.includes(name);
    const marks = attributes(name, { helpId: `${name}-help`, required: true, isWrong });
    return html`<div class="field">
<label for="${name}">${label}</label>
<span class="help" id="${name}-help">${help}</span>
${wrongLine(name, isWrong)}
<input id="${name}" name="${name}" type="text" autocomplete="off" maxlength="${longest}" value="${given?.[name] ?? ''}"${marks}>
</div>`;
  }
}

const personLabel = 'Who accepts it';
const reasonLabel = 'Why';

function acceptLinks({ details }: ConsentProblem): { id: string; text: string }[] {
  const all = [
    { name: 'scopes', id: acceptId(0), text: 'What is accepted' },
    { name: 'person', id: 'person', text: personLabel },
    { name: 'reason', id: 'reason', text: reasonLabel },
  ];
  return all.filter(({ name }) => details.fields?.includes(name));
}

function acceptId(index: number): string {
  return `accept-${index}`;
}

/** Field of the form by which one scope is accepted. */
export function acceptName(scope: string): string {
  return `accept ${scope}`;
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
