import { createServer } from 'node:net';

export interface WantedPort {
  /** The setting that changes it. */
  readonly variable: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/**
 * Looks, before anything is started, whether the ports can be had.
 *
 * @throws Error that names every port that is taken and the setting that changes it
 */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  const looks = await Promise.all(wanted.map(async (one) => ({ ...one, why: await whyNot(one) })));
  const sentences = looks
    .filter(({ why }) => why !== undefined)
    .map(({ variable, host, port, why }) =>
      why === 'EADDRINUSE'
        ? `Port ${port} is taken: set ${variable} to a free one, for example ${variable}=${port < 65_000 ? port + 10 : port - 10} npm start.`
        : `Port ${port} of ${host} cannot be used (${why}): set ${variable} to another one.`,
    );
  if (sentences.length > 0) throw new Error(sentences.join('\n'));
}

function whyNot({ host, port }: WantedPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
