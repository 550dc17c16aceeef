import { refuse } from './answer.ts';
import type { EpicCall, Json } from './tables.ts';

/** One parameter of a Parameters resource, with its members unread. */
export interface OperationParameter {
  readonly name: string;
  readonly members: Json;
}

/** The parameters of an operation, in order. A body that is no Parameters resource is 400 with 59105. */
export function readOperation(call: EpicCall): readonly OperationParameter[] {
  const body = parse(call.request.body);
  const list = body?.parameter ?? [];
  if (body?.resourceType !== 'Parameters' || !Array.isArray(list))
    throw refuse(call, 400, { code: '59105', diagnostics: 'The body is not a Parameters resource.' });
  return list.map((one: unknown) => {
    const members = asObject(one);
    if (typeof members?.name !== 'string')
      throw refuse(call, 400, { code: '59105', diagnostics: 'A parameter has no name.' });
    return { name: members.name, members };
  });
}

/** A member that is an object, or undefined. */
export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

export function asObjects(value: unknown): readonly Json[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.map(asObject).filter((one) => one !== undefined);
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parse(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}
