import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after } from 'node:test';
import { inspect } from 'node:util';
import type { Canary, Scan } from '#test/canary.ts';
import type { TestGateway } from '#test/gateway.ts';
import { createLog } from '../../src/observe/log.ts';

/** Everything that the gateway says or keeps, as texts by the name of where it stands. */
export interface Sinks {
  /** Takes an answer of the gateway, without what it is meant to give. */
  keepAnswer(where: string, text: string): void;
  read(): Promise<ReadonlyMap<string, string>>;
}

/** What the scan finds in each sink. */
export function leaksIn(sinks: ReadonlyMap<string, string>, scan: Scan): readonly Leak[] {
  return [...sinks].flatMap(([sink, text]) => scan(text).map(({ canary, form }) => ({ sink, canary, form })));
}

/** A canary that stands where it should not, in the spelling that was found. */
export interface Leak {
  readonly sink: string;
  readonly canary: Canary;
  readonly form: string;
}

/**
 * From now on collects what is printed and every row that is ever written; the rest is read when asked for. Files of
 * the gateway are read without the database's and the simulators' own.
 */
export async function openSinks(gateway: TestGateway): Promise<Sinks> {
  const answers: [string, string][] = [];
  const printed = capturePrinted();
  await keepEveryRow(gateway);
  const operatorUrl = await listen(gateway.gateway.operators);
  return {
    keepAnswer: (where, text) => void answers.push([`answer to ${where}`, text]),
    async read() {
      const sinks = new Map<string, string>();
      for (const [where, text] of answers) sinks.set(where, `${sinks.get(where) ?? ''}\n${text}`);
      sinks.set('log', logLines(gateway).join(''));
      sinks.set('printed', printed.join(''));
      for (const path of ['/metrics', '/readyz', '/healthz']) {
        const answer = await fetch(operatorUrl + path);
        sinks.set(`operator door ${path}`, inspect([...answer.headers]) + (await answer.text()));
      }
      for (const [table, rows] of await everyRow(gateway)) sinks.set(`table ${table}`, rows.join('\n'));
      await gateway.gateway.checkpointer.write();
      for (const [file, text] of await filesBelow(join(gateway.folder, 'checkpoints')))
        sinks.set(`file ${file}`, text);
      return sinks;
    },
  };
}

/** As the process would write them at the most talkative level. */
function logLines({ events }: TestGateway): string[] {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', destination: { write: (line) => lines.push(line) } });
  for (const event of events) log(event);
  return lines;
}

/** All that this process prints, whoever prints it. */
function capturePrinted(): string[] {
  const printed: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: never[]) => {
      printed.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'));
      return write(chunk, ...rest);
    };
  }
  return printed;
}

const schemas = ['postern', 'boss'];

/** A trigger on every table copies each row as it is written: also those that are gone a moment later. */
async function keepEveryRow({ database }: TestGateway): Promise<void> {
  await database.asOwner('create schema trap');
  await database.asOwner('create table trap.written (source text not null, content text not null)');
  await database.asOwner(`create function trap.keep() returns trigger language plpgsql security definer as $$
    begin
      insert into trap.written values (tg_table_schema || '.' || tg_table_name, to_jsonb(new)::text);
      return null;
    end $$`);
  await database.asOwner('grant usage on schema trap to public');
  const { rows } = await database.asOwner(
    `select relnamespace::regnamespace || '.' || quote_ident(relname) as name from pg_class
     where relnamespace::regnamespace::text = any($1) and relkind in ('r', 'p') and not relispartition`,
    [schemas],
  );
  for (const { name } of rows as { name: string }[])
    await database.asOwner(
      `create trigger zz_trap after insert or update on ${name} for each row execute function trap.keep()`,
    );
}

async function everyRow({ database }: TestGateway): Promise<Map<string, string[]>> {
  const { rows } = await database.asOwner('select source, content from trap.written');
  const found = new Map<string, string[]>();
  for (const { source, content } of rows as { source: string; content: string }[])
    found.set(source, [...(found.get(source) ?? []), content]);
  return found;
}

async function filesBelow(folder: string): Promise<[string, string][]> {
  const names = await readdir(folder, { recursive: true });
  return Promise.all(
    names.map(
      async (name): Promise<[string, string]> => [name, await readFile(join(folder, name), 'latin1')],
    ),
  );
}

/** Serves a door on a port of its own until the file ends. */
export async function listen(door: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(door).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A listener on a port has a port.');
  return `http://127.0.0.1:${address.port}`;
}
