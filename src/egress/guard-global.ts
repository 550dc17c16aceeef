import { Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { WallRefusal } from './wall-refusal.ts';

/**
 * Closes the doors beside the wall in this process: a `fetch`, WebSocket or undici call that brings no dispatcher is
 * refused before anything leaves. One that brings a dispatcher (fhir-kit-client does) is judged by that dispatcher, and
 * only `src/egress` can make one: the floor check sees to it. Libraries that are handed a `fetch` (oidc-provider, jose,
 * openid-client) are given `wall.fetch(site)`.
 *
 * `node:http`, `net` and `tls` are left alone, because servers and the database stand on them; importing them elsewhere
 * is what the floor check refuses.
 *
 * @returns a function that opens the doors again, for tests.
 */
export function closeGlobalNetwork(): () => void {
  const dispatcher = getGlobalDispatcher();
  const { fetch } = globalThis;
  setGlobalDispatcher(new RefusingDispatcher());
  globalThis.fetch = async (input, init) => {
    if (!(input instanceof Request) && init?.dispatcher === undefined)
      throw new WallRefusal('outside-the-wall', sentence);
    return fetch(input, init);
  };
  return () => {
    setGlobalDispatcher(dispatcher);
    globalThis.fetch = fetch;
  };
}

const sentence = 'Only src/egress talks to the network. Use a named route, or the fetch of a site.';

class RefusingDispatcher extends Dispatcher {
  override dispatch(): boolean {
    throw new WallRefusal('outside-the-wall', sentence);
  }
}
