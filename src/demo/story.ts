import { readConfig } from '#config';
import { type DemoFile, type DemoPractice, demoFilePath, readDemoFile } from './demo-file.ts';
import { signIn } from './gateway-client.ts';
import { voicesInOrder } from './in-order.ts';
import { type DemoOffice, demoOffices } from './offices.ts';
import { playCall, type Step } from './played-call.ts';
import { createTerminal, seconds, type Terminal } from './terminal.ts';

/**
 * `npm run demo`: plays a voice agent's call to each demo practice against the gateway that runs, and checks every
 * promise on the way.
 *
 * @throws Error with a sentence when no gateway runs or something is not as promised
 */
export async function main(): Promise<void> {
  const { stateDir } = readConfig(process.env, 'demo');
  const terminal = createTerminal(process.stdout, process.env);
  const demo = await runningDemo(stateDir);
  const base = `${demo.url}/fhir/R4`;
  const begun = performance.now();
  terminal.say(
    'A voice agent calls every practice at once. The two dental EMRs take one request a second, as Open Dental does.',
  );

  const made = await playCalls(base, demo, terminal);
  terminal.say();
  await stepOn(terminal, terminal.say)('apart', () => lookAcross(base, demo, made));
  terminal.say();
  terminal.say(terminal.bold(`Everything was as promised (${seconds(performance.now() - begun)}).`));
}

/**
 * All practices at once, told one after another; the slow ones do not keep the others waiting.
 *
 * @returns paths of the appointments that were made
 * @throws Error of the first practice in which something was not as promised, when all have ended
 */
async function playCalls(base: string, { practices }: DemoFile, terminal: Terminal): Promise<string[]> {
  const calls = practices.flatMap((practice): { practice: DemoPractice; office: DemoOffice }[] => {
    const office = demoOffices.find(({ name }) => name === practice.name);
    return office === undefined ? [] : [{ practice, office }];
  });
  const voices = voicesInOrder(calls.length, terminal.say);
  const ends = await Promise.allSettled(
    calls.map(async ({ practice, office }, index) => {
      const voice = voices[index];
      const say = (line: string): void => voice?.say(line);
      say('');
      say(`${terminal.bold(practice.name)} (${office.emrTitle}), ${practice.timeZone}`);
      try {
        return await playCall(base, practice, office, stepOn(terminal, say));
      } finally {
        voice?.end();
      }
    }),
  );
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

/** Practices never meet: the last one's agent asks for an appointment of the first one. */
async function lookAcross(
  base: string,
  { practices }: DemoFile,
  [path]: readonly string[],
): Promise<readonly [string, undefined]> {
  const [first, other] = [practices.at(0), practices.at(-1)];
  if (first === undefined || other === undefined || path === undefined || first === other)
    throw new Error('There are two practices in the demo.');
  const answer = await (await signIn(base, other))(path);
  if (answer.status !== 404)
    throw new Error(`Practices never meet, but the agent of ${other.name} got HTTP ${answer.status}.`);
  return [
    `The agent of ${other.name} asks for that appointment of ${first.name}: not found (404).`,
    undefined,
  ];
}

async function runningDemo(stateDir: string): Promise<DemoFile> {
  const demo = await readDemoFile(stateDir);
  if (demo === undefined)
    throw new Error(
      `There is no ${demoFilePath(stateDir)}: run npm start in another terminal first, with the same POSTERN_STATE_DIR.`,
    );
  const isThere = await fetch(`${demo.url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
  if (!isThere)
    throw new Error(`No gateway answers at ${demo.url}: run npm start in another terminal first.`);
  return demo;
}

function stepOn({ dim, red }: Terminal, say: (line: string) => void): Step {
  return async (name, work) => {
    const begun = performance.now();
    const line = (sentence: string): void =>
      say(`${dim(seconds(performance.now() - begun).padStart(7))}  ${name.padEnd(12)}${sentence}`);
    try {
      const [sentence, result] = await work();
      line(sentence);
      return result;
    } catch (error) {
      line(red(complaintOf(error)));
      throw new Error(`Not everything was as promised: see "${name}".`, { cause: error });
    }
  };
}

/** What `fetch` throws is a TypeError whose message says nothing. */
function complaintOf(error: unknown): string {
  if (error instanceof TypeError || !(error instanceof Error))
    return 'Nobody answers any more. Does npm start still run?';
  return error.message;
}
