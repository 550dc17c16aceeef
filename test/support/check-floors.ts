import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** dependency-cruiser that cannot read TypeScript sees no modules and reports no violation. */
const leastModules = 150;

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  /** What to do instead. */
  readonly say: string;
}

/**
 * Checks the imports below `root` against `.dependency-cruiser.mjs`.
 *
 * @param root absolute folder with src/, adapters/, test/, package.json and tsconfig.json
 */
export async function checkFloors(root: string): Promise<{ modules: number; violations: Violation[] }> {
  const { options, ...ruleSet } = await readFloors();
  const { output } = await cruise(
    folders.filter((folder) => existsSync(resolve(root, folder))),
    { ...options, baseDir: root, ruleSet, validate: true },
    { ...options?.enhancedResolveOptions },
    { tsConfig: extractTSConfig(resolve(root, 'tsconfig.json')) },
  );
  const { modules, summary } = output as ICruiseResult; // without an output type it is the result itself
  return {
    modules: modules.filter((module) => folders.some((folder) => module.source.startsWith(`${folder}/`)))
      .length,
    violations: summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
      say: ruleSet.forbidden?.find((each) => each.name === rule.name)?.comment ?? '',
    })),
  };
}

const folders = ['src', 'adapters', 'test', 'bench'];

export async function ruleNames(): Promise<(string | undefined)[]> {
  return ((await readFloors()).forbidden ?? []).map((rule: IForbiddenRuleType) => rule.name);
}

/** The rules stay in the file where dependency-cruiser's own command looks for them; JavaScript, so without a type. */
async function readFloors(): Promise<IConfiguration> {
  const { default: floors } = await import(new URL('../../.dependency-cruiser.mjs', import.meta.url).href);
  return floors;
}

if (import.meta.main) {
  const { modules, violations } = await checkFloors(resolve(import.meta.dirname, '../..'));
  for (const [rule, broken = []] of Object.entries(Object.groupBy(violations, (each) => each.rule))) {
    console.error(`${rule}: ${broken[0]?.say}`);
    for (const { from, to } of broken) console.error(`  ${to === from ? from : `${from} → ${to}`}`);
  }
  if (modules < leastModules) console.error(`Only ${modules} modules were seen; the check itself is broken.`);
  if (violations.length > 0 || modules < leastModules) process.exitCode = 1;
  else console.log(`${modules} modules keep to their floors.`);
}
