/** Text that is HTML already. Made by {@link html} alone, so that nothing gets in unescaped. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(strings: TemplateStringsArray, values: readonly Piece[]): Html {
    return new Html(strings.reduce((text, part, index) => text + written(values[index - 1]) + part));
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: text and numbers are escaped, what is not there leaves nothing. */
export type Piece = Html | string | number | false | undefined | readonly Piece[];

/**
 * A piece of a page. Whatever is put in is escaped for text and for attributes in quotes (HTML §13.1.2): put values
 * nowhere else, and quote every attribute.
 *
 * @example html`<p class="${kind}">${name}</p>`
 */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return Html.of(strings, values);
}

function written(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.toString();
  if (Array.isArray(piece)) return piece.map(written).join('');
  return escaped(String(piece));
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
