import type { ConsentProblem } from '#scheduling/consent/problem.ts';
import type { ConsentStep, Setup, Step } from '#scheduling/consent/view.ts';
import type { WiderGrant } from '#store/wider-grants.ts';
import { attributes, type Given, secretInput, settingInputs, wrongLine } from './fields.ts';
import { type Html, html, type Piece } from './html.ts';
import { errorSummary, listed, type Page } from './page.ts';
import { problemWords } from './problem-words.ts';

export interface SetupPage {
  readonly root: string;
  readonly setup: Setup;
  /** Of the forms on it. */
  readonly form: string;
  /** What was filled in and has to be corrected. */
  readonly given?: Given;
  readonly problem?: ConsentProblem;
}

/** What a practice has to do next on its way to the connection. */
export function setupPage(options: SetupPage): Page {
  const { setup, problem } = options;
  const { step } = setup;
  const words = problem && problemWords[problem.code];
  const summary = words && errorSummary(words.title, `${words.say} ${words.next}`, linksTo(step, problem));
  return {
    title: titleOf(setup),
    forms: true,
    ...(words && { status: words.status, isError: true }),
    ...(step.is === 'consent' && { away: step.away }),
    body: html`${summary}
<p class="steps">Step 2 of 3 · ${setup.practice}</p>
${bodyOf(options, step)}`,
  };
}

function titleOf({ emr, step }: Setup): string {
  if (step.is === 'waiting') return 'We are checking this address';
  if (step.is === 'base') return 'Where is your EMR?';
  return `Connect to ${emr}`;
}

function bodyOf(options: SetupPage, step: Step): Html {
  if (step.is === 'key') return keyForm(options, step);
  if (step.is === 'base') return baseForm(options);
  if (step.is === 'waiting') return waiting(options, step.base);
  if (step.is === 'consent') return consentForm(options, step);
  return html`<p>The connection is there.</p><p><a class="button" href="${options.root}/connect/result">See the result</a></p>`;
}

function consentForm(options: SetupPage, step: ConsentStep): Html {
  const { emr } = options.setup;
  const { server, away, asked, never, more, wider, fields, again } = step;
  const isWider = more.length > 0;
  const leave =
    away === undefined
      ? html`<p>Nobody has to sign in: ${emr} knows the gateway already, and gives it what you see here.</p>`
      : html`<p>You go to <strong>${server}</strong> now, sign in there as you always do, and are asked whether you allow this. Then you come back here. Your password stays there.</p>`;
  return html`<p>${again ? 'The connection has to be allowed again.' : 'AI phone agents will be able to book appointments for your practice, once you allow it.'} Read what will be asked for first.</p>
${listed('What will be asked for', asked, 'asked')}
${
  isWider &&
  listed(
    'Asked for besides, as it was accepted',
    more.map((scope) => html`<code>${scope}</code>`),
  )
}
${listed(isWider ? 'What is never read or written all the same' : 'What is never asked for', never, 'never')}
${wider.length > 0 && widerNotice(wider)}
${address(options)}
${guide(options)}
<form method="post" action="${options.root}/connect/begin">
${hidden(options)}
${fieldset(options, fields)}
<h2>What happens next</h2>
${leave}
<button>${away === undefined ? 'Connect' : `Continue to ${emr}`}</button>
</form>`;
}

/** What the practice takes beyond scheduling, and who said so. */
export function widerNotice(wider: readonly WiderGrant[]): Html {
  return html`<div class="note">
<h2>Accepted beyond scheduling</h2>
${wider.map(
  ({ scopes, by, at, reason }) =>
    html`<p>${by} accepted ${scopes.map((scope, index) => html`${index > 0 && ', '}<code>${scope}</code>`)} on ${day(at)}: ${reason}</p>`,
)}
<p>The gateway still reads and sends what scheduling needs and nothing more.</p>
</div>`;
}

function keyForm(options: SetupPage, step: Extract<Step, { is: 'key' }>): Html {
  const wrong = options.problem?.details.fields ?? [];
  return html`<p>${options.setup.emr} gives your practice a key. With it AI phone agents will be able to book appointments for you.</p>
${listed('What the gateway does with it', ['Reads openings, practitioners and rooms', 'Finds a caller among your patients by name and birth date', 'Books, moves and cancels appointments', 'Adds callers who are new to the practice, where the EMR takes them'], 'asked')}
${listed('What it never does', ['Read clinical notes, treatments, bills or documents', 'Browse your list of patients', 'Show the key to anybody: it is sealed at once'], 'never')}
${address(options)}
${guide(options)}
<form method="post" action="${options.root}/connect/key">
${hidden(options)}
${step.secrets.map(({ name, title }) => secretInput(name, title, wrong.includes(name)))}
${fieldset(options, step.fields)}
<button>Connect</button>
</form>`;
}

function baseForm(options: SetupPage): Html {
  const { given, problem } = options;
  return html`<p>Enter the address of your EMR’s server. Your EMR’s support knows it as the “FHIR R4 base address for SMART apps”.</p>
${guide(options)}
<form method="post" action="${options.root}/connect/base">
${hidden(options)}
<div class="field">
<label for="base">${baseLabel}</label>
<span class="help" id="base-help">For example https://fhir.example.com/r4</span>
${wrongLine('base', problem !== undefined)}
<input id="base" name="base" type="url" inputmode="url" autocomplete="off" spellcheck="false" maxlength="500" value="${given?.base ?? ''}"${attributes('base', { helpId: 'base-help', required: true, isWrong: problem !== undefined })}>
</div>
<button>Continue</button>
</form>
${listed('What happens then', ['We ask the server how a practice gives its consent. Nothing secret is sent.', 'A person on our side looks at the answer before anything else is sent there.', 'You can close this page and open it again later in this browser.'])}`;
}

function waiting(options: SetupPage, base: string): Html {
  return html`<p>You named <code>${base}</code>. A server answered there, and a person on our side has to look at it before anything secret is sent to it. This is to protect your practice from addresses that only look right.</p>
<div class="note"><p><strong>There is nothing to do for you now.</strong> You can close this page and open it again in this browser. When the address is approved you go on from here. If the link has expired by then, ask for a new one: the address stays approved.</p></div>
<form method="get" action="${options.root}/connect/setup"><button>Look again</button></form>
<details${options.problem && html` open`}>
<summary>That address was wrong</summary>
${baseForm(options)}
</details>`;
}

function fieldset(options: SetupPage, fields: ConsentStep['fields']): Piece {
  if (fields.length === 0) return undefined;
  return html`<fieldset>
<legend>What the gateway has to know</legend>
${settingInputs(fields, options.given, options.problem?.details.fields ?? [])}
</fieldset>`;
}

/** Some EMRs say in it which practice it is. */
function address({ setup }: SetupPage): Piece {
  if (setup.address === undefined) return undefined;
  return html`<p>Address of your EMR: <code>${setup.address}</code></p>`;
}

/** Beside the page, so that nothing of what was filled in is lost. */
function guide({ root, setup }: SetupPage): Html {
  return html`<p><a href="${root}/connect/guide/${setup.adapter}" target="_blank" rel="noopener">What to prepare in ${setup.emr}, and what stays with your staff</a> (opens in a new tab)</p>`;
}

const baseLabel = 'Address of your EMR’s server';

function hidden({ form }: SetupPage): Html {
  return html`<input type="hidden" name="form" value="${form}">`;
}

function linksTo(step: Step, { details }: ConsentProblem): { id: string; text: string }[] {
  if (step.is === 'base' || step.is === 'waiting') return [{ id: 'base', text: baseLabel }];
  const fields = step.is === 'key' || step.is === 'consent' ? step.fields : [];
  const secrets = step.is === 'key' ? step.secrets : [];
  return (details.fields ?? []).flatMap((name) => {
    const field = fields.find((one) => one.name === name);
    if (field) return [{ id: `setting-${name}`, text: field.title }];
    const secret = secrets.find((one) => one.name === name);
    return secret ? [{ id: `secret-${name}`, text: secret.title }] : [];
  });
}

/** A day as people write it, in UTC. */
export function day(at: Date): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(at);
}
