import assert from 'node:assert/strict';

/** The control surface of a simulator with an authorization server, and its API as a bearer sees it. */
export function controlsOf(url: string): Controls {
  const control: Controls['control'] = async (method, path, body) => {
    const response = await fetch(`${url}/__sim${path}`, {
      method,
      headers: { 'content-type': 'application/json', connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    control,
    async fault(order) {
      const { status, json } = await control(
        'POST',
        '/faults',
        'rate' in order ? order : { times: 1, ...order },
      );
      assert.equal(status, 201, JSON.stringify(json));
    },
    tell: async () => (await control('GET', '/oauth')).json,
    async register(id, client) {
      const { status, json } = await control('PUT', `/oauth/clients/${encodeURIComponent(id)}`, client);
      assert.ok(status < 300, JSON.stringify(json));
    },
    async read(token) {
      const headers = { authorization: `Bearer ${token}`, connection: 'close' };
      return (await fetch(`${url}/api/visits`, { headers })).status;
    },
  };
}

export interface Controls {
  control(
    method: string,
    path: string,
    body?: unknown,
    // What comes back is checked by the assertions of the test that asked.
    // biome-ignore lint/suspicious/noExplicitAny: see above
  ): Promise<{ readonly status: number; readonly json: any }>;
  fault(order: { readonly name: string } & Readonly<Record<string, unknown>>): Promise<void>;
  /** `GET /__sim/oauth`. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  tell(): Promise<any>;
  register(clientId: string, client: object): Promise<void>;
  /** Status of a read of the API with this token. */
  read(token: string): Promise<number>;
}
