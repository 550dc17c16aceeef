/** Plain lines for people. Without colour where nobody would see it, or where NO_COLOR (https://no-color.org) asks so. */
export interface Terminal {
  say(line?: string): void;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
}

export function createTerminal(
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const colour = stream.isTTY && !environment.NO_COLOR && environment.TERM !== 'dumb';
  const style = (code: number, end: number) => (text: string) =>
    colour ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return {
    say: (line = '') => {
      stream.write(`${line}\n`);
    },
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
  };
}

/** `0.3 s`, `12 s`. */
export function seconds(ms: number): string {
  return `${ms < 9_950 ? (ms / 1_000).toFixed(1) : Math.round(ms / 1_000)} s`;
}
