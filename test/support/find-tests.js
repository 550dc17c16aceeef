import { globSync } from 'node:fs';

/** Fewer files than this and the search itself is broken: an empty list of tests ends as a success in Node. */
const least = 40;

/**
 * Every test file of the project, in order. A file that calls itself a test and lies where the runner does not look is
 * an error, not an omission.
 *
 * @param {readonly string[]} words only files whose path holds one of them; none for all
 * @param {string} root absolute folder of the project
 */
export function findTests(words, root) {
  const files = globSync(['test/**/*.test.ts', 'adapters/*/test/**/*.test.ts'], { cwd: root }).sort();
  const astray = globSync(['{src,test,adapters,bench}/**/*.{test,spec}.{ts,js,mts,mjs}'], {
    cwd: root,
  }).filter((file) => !files.includes(file));
  if (astray.length > 0)
    throw new Error(
      `These are tests that nobody would run: ${astray.join(', ')}. Name them test/**/*.test.ts or adapters/<id>/test/**/*.test.ts.`,
    );
  if (files.length < least)
    throw new Error(`Only ${files.length} test files found below ${root}; there are at least ${least}.`);
  if (words.length === 0) return files;
  const chosen = files.filter((file) => words.some((word) => file.includes(word)));
  if (chosen.length === 0) throw new Error(`No test file has ${words.join(' or ')} in its path.`);
  return chosen;
}
