import { recordUse } from '#scheduling/operator.ts';
import { requirePractice } from '#scheduling/practices.ts';
import { type Core, openCore, world } from '../app.ts';
import { keyRingOf } from '../main.ts';
import { createLog } from '../observe/log.ts';
import type { Answer, Environment, Io } from './command.ts';
import { commands } from './commands.ts';
import { Complaint, faultOf } from './complaint.ts';
import { help } from './help.ts';
import { installedIn } from './installed.ts';
import { type Asked, parse } from './parse.ts';

/**
 * One use of the command line, from the words after `npm run postern --` to the exit code: 0 done, 1 refused, failed or
 * found wrong, 2 typed wrongly. Answers go to `io.write`, everything else to `io.complain`.
 *
 * @example process.exitCode = await run(['practice', 'list', '--as', 'Kim Lee'], io, { config });
 */
export async function run(argv: readonly string[], io: Io, environment: Environment): Promise<number> {
  try {
    const asked = parse(argv, commands);
    if (asked.is === 'help') {
      io.write(`${help(asked.words, commands)}\n`);
      return 0;
    }
    const answer = await carryOut(asked, io, environment);
    io.write(`${asked.json ? JSON.stringify(answer.json, null, 2) : answer.text}\n`);
    return answer.failed ? 1 : 0;
  } catch (error) {
    const { exitCode, code, sentence } = faultOf(error);
    io.complain(`${argv.includes('--json') ? JSON.stringify({ error: { code, sentence } }) : sentence}\n`);
    return exitCode;
  }
}

type AskedCommand = Extract<Asked, { is: 'command' }>;

async function carryOut(
  { command, values: given, person = '' }: AskedCommand,
  io: Io,
  environment: Environment,
): Promise<Answer> {
  const values = given as never; // the parser gives each command just what its words describe
  if (command.of === 'anyone') return command.run({ io, environment }, values);

  const { core, ...settings } = await open(io, environment);
  const on = core.scheduling;
  const { practice: id } = given;
  const practiceId = typeof id === 'string' ? id : undefined;
  try {
    return await recordUse(
      on,
      { person, command: command.name, subject: practiceId },
      async (operator, about) => {
        if (practiceId !== undefined) await requirePractice(on, practiceId);
        const session = { io, ...settings, core, on, operator, person, about };
        if (command.of === 'operator') return command.run(session, values);
        if (practiceId === undefined) throw new Complaint('--practice is missing.', 2);
        return command.run({ ...session, caller: { ...operator, practiceId } }, values);
      },
    );
  } finally {
    await core.close();
  }
}

/** @throws Complaint with the sentence of whatever keeps the core from opening; database errors as they are */
async function open(io: Io, environment: Environment) {
  try {
    const config = environment.config();
    const installed = await installedIn(environment);
    const ring = await keyRingOf(config);
    // What goes wrong is said on the way; the rest of the log is the gateway's.
    const level = config.logLevel === 'silent' ? 'silent' : 'error';
    const log = createLog({ level, destination: { write: (line) => io.complain(line) } });
    const core = await openCore(config, ring, log, environment.world ?? { ...world, ...installed });
    await enter(core);
    return { config, ring, core };
  } catch (error) {
    // Plain errors are those of our own start, written to be read by a person.
    if (error instanceof Error && error.name === 'Error' && !('code' in error))
      throw new Complaint(error.message);
    throw error;
  }
}

/** Finds out before anything is begun whether the database is there and lets us be who we have to be. */
async function enter(core: Core): Promise<void> {
  try {
    await core.database.withoutPractice(async () => {});
  } catch (error) {
    await core.close();
    throw error;
  }
}
