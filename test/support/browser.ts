import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** A real browser with nobody's history: what it is sent and what it complains of is kept. */
export interface TestBrowser {
  /** Somebody who has never been anywhere. Goes with the browser. */
  visitor(options?: BrowserContextOptions): Promise<BrowserVisit>;
}

export interface BrowserVisit {
  readonly page: Page;
  /** Every request, whoever caused it. */
  readonly requests: readonly SentByBrowser[];
  /** Errors and warnings of the console, scripts that failed, and what a Content-Security-Policy forbade. */
  readonly complaints: readonly string[];
  /** Takes a picture of the whole page when somebody wants to look (TEST_SCREENSHOTS names the folder). */
  picture(name: string): Promise<void>;
}

export interface SentByBrowser {
  readonly url: URL;
  readonly method: string;
  /** `Referer`, undefined when there is none. */
  readonly referrer: string | undefined;
}

/** A phone held upright. */
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/**
 * Starts the browser of a test file; it ends with the file. Chromium comes from a package, so that a test finds the same
 * one on every machine, without the arguments that the package proposes: they take down the walls between sites, which
 * tests want to see standing. None of its protections is turned off but the sandbox, which the administrator's account of a
 * container cannot have.
 *
 * @param options.examplesAt port of this machine at which every name below `.example` is found
 */
export async function openTestBrowser(options: { readonly examplesAt?: number } = {}): Promise<TestBrowser> {
  const { examplesAt: port } = options;
  const folder = await unpacked();
  const browser: Browser = await chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      ...(port === undefined ? [] : [`--host-resolver-rules=MAP *.example 127.0.0.1:${port}`]),
    ],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  });
  after(() => browser.close());
  return { visitor: (options) => visit(browser, options) };
}

async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserVisit> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(60_000);
  const requests: SentByBrowser[] = [];
  const complaints: string[] = [];
  context.on('request', (request) => {
    const { referer } = request.headers();
    requests.push({ url: new URL(request.url()), method: request.method(), referrer: referer || undefined });
  });
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  await context.addInitScript({ content: tellViolations });
  const page = await context.newPage();
  return {
    page,
    requests,
    complaints,
    async picture(name) {
      const to = process.env.TEST_SCREENSHOTS;
      if (to) await page.screenshot({ path: join(to, `${name}.png`), fullPage: true });
    },
  };
}

const tellViolations = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  console.error('Forbidden by policy: ' + violatedDirective + ' ' + blockedURI);
});`;

/** Folder of the unpacked browser; two hundred megabytes, so one for all test runs of a machine. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', entry), 'utf8'));
  const done = join(tmpdir(), `postern-chromium-${version}`);
  if (await isThere(done)) return done;
  const work = await mkdtemp(join(tmpdir(), 'postern-chromium-'));
  // In a process of its own: the package unpacks into the temporary folder of its process. The name of an execution
  // environment brings along the libraries that small systems lack.
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], {
    env: { ...process.env, TMPDIR: work, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
  });
  await writeFile(join(work, 'fonts.conf'), fontsIn(join(done, 'fonts')));
  try {
    await rename(work, done);
  } catch (error) {
    // Another test file was first, and a folder that has its name is complete.
    await rm(work, { recursive: true, force: true });
    if (!(await isThere(done))) throw error;
  }
  return done;
}

const entry = import.meta.resolve('@sparticuz/chromium');
const unpack = `import chromium from ${JSON.stringify(fileURLToPath(entry))}; await chromium.executablePath();`;

function fontsIn(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${folder}</dir>
  <cachedir>${folder}-cache</cachedir>
</fontconfig>
`;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
