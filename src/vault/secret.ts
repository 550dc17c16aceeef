import { inspect } from 'node:util';

/**
 * A decrypted value that cannot be printed by accident: `String(secret)`, template literals, `JSON.stringify`,
 * `util.inspect`, `util.format` and `structuredClone` give `[secret]` or nothing. Keep it for the length of the call
 * that needs it; it belongs in no Error, log field, cache or job payload.
 *
 * @example
 * const key = new Secret('…');
 * `${key}`; // '[secret]'
 * key.reveal(); // '…'
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The one way to the text. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [Symbol.toPrimitive](): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

const hidden = '[secret]';
