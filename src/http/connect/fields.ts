import type { SettingField } from '#scheduling/consent/settings-form.ts';
import { type Html, html } from './html.ts';

export type Given = Readonly<Record<string, string | undefined>>;

/** What is filled in for settings of an adapter; `given` is shown again after a mistake. */
export function settingInputs(
  fields: readonly SettingField[],
  given: Given | undefined,
  wrong: readonly string[],
): Html[] {
  return fields.map((field) => settingInput(field, given, wrong.includes(field.name)));
}

function settingInput(field: SettingField, given: Given | undefined, isWrong: boolean): Html {
  const { name, title, kind, choices, required, standard } = field;
  const help =
    kind === 'list' ? [field.help, 'A line for each will do as well.'].join(' ').trim() : field.help;
  const id = `setting-${name}`;
  const value = given?.[name] ?? standard;
  const helpId = `${id}-help`;
  const hints = html`${help !== undefined && html`<span class="help" id="${helpId}">${help}</span>`}${wrongLine(id, isWrong)}`;
  const marks = attributes(id, { helpId: help === undefined ? undefined : helpId, required, isWrong });
  if (kind === 'yes-no')
    return html`<div class="field choice">
<input id="${id}" name="${name}" type="checkbox" value="yes"${isTicked(given, name, standard) && html` checked`}${marks}>
<label for="${id}">${title}</label>
${hints}
</div>`;
  const label = html`<label for="${id}">${title}${!required && kind !== 'choice' && ' (optional)'}</label>${hints}`;
  if (kind === 'choice')
    return html`<div class="field">
${label}
<select id="${id}" name="${name}"${marks}>${choices.map(
      (choice) => html`<option value="${choice}"${choice === value && html` selected`}>${choice}</option>`,
    )}</select>
</div>`;
  if (kind === 'list')
    return html`<div class="field">
${label}
<textarea id="${id}" name="${name}" rows="4" spellcheck="false" maxlength="4000"${marks}>${given?.[name] ?? onLines(standard)}</textarea>
</div>`;
  return html`<div class="field">
${label}
<input id="${id}" name="${name}" type="${kind === 'number' ? 'number' : 'text'}" value="${value}" maxlength="4000"${marks}>
</div>`;
}

/** One key of the practice: never shown again, not even to correct it. */
export function secretInput(name: string, title: string, isWrong: boolean): Html {
  const id = `secret-${name}`;
  return html`<div class="field">
<label for="${id}">${title}</label>
${wrongLine(id, isWrong)}
<input id="${id}" name="${name}" type="password" autocomplete="off" spellcheck="false" maxlength="500"${attributes(id, { helpId: undefined, required: true, isWrong })}>
</div>`;
}

/** Says at the field `id` that it is wrong. */
export function wrongLine(id: string, isWrong: boolean): Html | false {
  return isWrong && html`<span class="wrong" id="${id}-wrong">This needs another look.</span>`;
}

/** What browsers and screen readers are told of the field `id`. */
export function attributes(
  id: string,
  is: { readonly helpId: string | undefined; readonly required: boolean; readonly isWrong: boolean },
): Html {
  const described = [is.helpId, is.isWrong ? `${id}-wrong` : undefined].filter((one) => one !== undefined);
  return html`${is.required && html` required`}${is.isWrong && html` aria-invalid="true"`}${described.length > 0 && html` aria-describedby="${described.join(' ')}"`}`;
}

/** Each entry of a list on a line of its own. */
function onLines(list: string): string {
  return list.replaceAll(/, ?/g, '\n');
}

/** A form that came back says by silence that a box is not ticked. */
function isTicked(given: Given | undefined, name: string, standard: string): boolean {
  return given === undefined ? standard === 'true' : given[name] === 'yes';
}
