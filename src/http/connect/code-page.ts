import type { ConsentProblem } from '#scheduling/consent/problem.ts';
import { html } from './html.ts';
import { errorSummary, type Page } from './page.ts';
import { problemWords } from './problem-words.ts';

/** Asks for the code that came apart from the link. Says nothing yet of the practice: whoever has the link can see it. */
export function codePage(action: string, wrong?: ConsentProblem): Page {
  const words = problemWords['wrong-code'];
  const left = wrong?.details.triesLeft;
  const tries = left === 1 ? 'One more try is left.' : `${left} tries are left.`;
  return {
    title: 'Enter your code',
    forms: true,
    ...(wrong && { status: words.status, isError: true }),
    body: html`${wrong && errorSummary(words.title, `${words.say} ${tries}`, [{ id: 'code', text: words.next }])}
<p class="steps">Step 1 of 3</p>
<p>You were sent a link to connect your practice’s EMR, and a code with eight digits by another way, for example by phone. Enter the code to go on.</p>
<form method="post" action="${action}">
<div class="field">
<label for="code">Code</label>
<span class="help" id="code-help">Eight digits. Spaces do not matter.</span>
${wrong && html`<span class="wrong" id="code-wrong">${words.title}. ${tries}</span>`}
<input class="code" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="20" required aria-describedby="code-help${wrong && ' code-wrong'}"${wrong ? html` aria-invalid="true"` : html` autofocus`}>
</div>
<button>Continue</button>
</form>
<p class="reference">From then on the link works in this browser only.</p>`,
  };
}
