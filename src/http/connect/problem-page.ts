import type { ConsentProblem } from '#scheduling/consent/problem.ts';
import { html } from './html.ts';
import { errorSummary, type Page } from './page.ts';
import { problemWords } from './problem-words.ts';

/** What went wrong, and what to do next. Repeats nothing that was sent. */
export function problemPage({ code }: ConsentProblem, requestId: string): Page {
  const { status, title, say, next } = problemWords[code];
  return {
    title: 'This did not work',
    status,
    isError: true,
    body: html`${errorSummary(title, say)}
<p>${next}</p>
<p class="reference">Reference: <code>${requestId}</code></p>`,
  };
}
