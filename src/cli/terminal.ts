import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Io } from './command.ts';
import { Complaint } from './complaint.ts';

/** The terminal or pipe that this process was started with. */
export function terminal({ stdin, stdout, stderr }: NodeJS.Process = process): Io {
  let piped: string[] | undefined;
  return {
    write: (text) => stdout.write(text),
    complain: (text) => stderr.write(text),
    async readSecret(question) {
      if (stdin.isTTY) return ask(question);
      piped ??= await lines(stdin);
      return piped.shift() ?? '';
    },
  };

  /** The line editor writes what is typed to nowhere. */
  async function ask(question: string): Promise<string> {
    stderr.write(`${question}: `);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const editor = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
    editor.once('SIGINT', () => process.exit(130));
    try {
      return (await editor.question('')).trim();
    } finally {
      editor.close();
      stderr.write('\n');
    }
  }
}

const mostCharacters = 65_536;

async function lines(stdin: NodeJS.ReadableStream): Promise<string[]> {
  let text = '';
  for await (const chunk of stdin) {
    text += chunk.toString();
    if (text.length > mostCharacters) throw new Complaint('Standard input is longer than any key.');
  }
  return text.split(/\r?\n/).map((line) => line.trim());
}
