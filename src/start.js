import { requireNode24 } from './node-version.js';

// Plain JavaScript: it is read before anyone knows whether this Node can read TypeScript.
requireNode24();

/** What can be started; each file exports `main(words)`, and an Error out of it ends the process with its sentence. */
const entrances = {
  start: './demo/supervise.ts',
  gateway: './main.ts',
  demo: './demo/story.ts',
  postern: './cli/main.ts',
};

const [name = 'start', ...words] = process.argv.slice(2);
if (!Object.hasOwn(entrances, name)) {
  process.stderr.write(`There is no entrance "${name}". Known: ${Object.keys(entrances).join(', ')}.\n`);
  process.exit(2);
}
const { main } = await import(entrances[name]);
try {
  await main(words);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'Something failed that has no words.'}\n`);
  process.exit(1);
}
