import { setTimeout as delay } from 'node:timers/promises';
import { type Random, randomFrom } from '../domain/simulation/random.ts';
import { type Client, createClient } from './client.ts';
import { type Heard, isFinal } from './history.ts';
import { type Manners, type NewPerson, nameOf, type Stay, travel } from './people.ts';

export interface CrowdOptions {
  readonly seed: number;
  /** Address of each gateway. */
  readonly gateways: readonly string[];
  readonly offices: readonly {
    readonly name: string;
    readonly agents: readonly { readonly id: string; readonly clientId: string; readonly secret: string }[];
    /** Its front desk admits whoever is new; missing where the EMR lets us do it. */
    readonly admit?: (person: NewPerson) => Promise<void>;
  }[];
  /** People on the phone at once. */
  readonly clients: number;
  readonly manners: Manners;
  readonly record: (heard: Heard) => void;
  /** Asked before each new call. */
  readonly goesOn: () => boolean;
}

/** All the callers of a run. */
export interface Crowd {
  /** Resolves when every call that was begun has ended; with what is to be read once more. */
  readonly ended: Promise<readonly Stay[]>;
  /** Bookings that have an answer. */
  answered(): number;
  /** Addresses of the gateways that have requests of this agent under way. */
  whereIs(agentId: string): readonly string[];
}

export function gather(options: CrowdOptions): Crowd {
  const underWay = new Map<string, string[]>();
  const answered = new Set<string>();
  const stays: Stay[] = [];
  let people = 0;

  const client = (name: string, number: number, random: Random): Client => {
    const office = pickBy(options.offices, number);
    const agent = pickBy(office.agents, Math.floor(number / options.offices.length));
    return createClient({
      name,
      office: office.name,
      clientId: agent.clientId,
      secret: agent.secret,
      gateways: options.gateways,
      random,
      record(heard) {
        if (heard.wish === 'book' && isFinal(heard)) answered.add(heard.ask);
        options.record(heard);
      },
      underWay(gateway, begins) {
        const now = underWay.get(agent.id) ?? [];
        if (begins) now.push(gateway);
        else now.splice(now.indexOf(gateway), 1);
        underWay.set(agent.id, now);
      },
    });
  };

  async function phone(number: number): Promise<void> {
    const random = randomFrom(options.seed * 7_919 + number);
    const own = client(`client-${number}`, number, random);
    const twin = client(`twin-${number}`, number, randomFrom(options.seed * 104_729 + number));
    const { admit } = pickBy(options.offices, number);
    await delay(random.between(0, 500));
    while (options.goesOn()) {
      const journey = { person: nameOf(people++), client: own, twin, ...(admit && { admit }) };
      const stay = await travel(journey, options.manners);
      if (stay) stays.push(stay);
    }
  }

  return {
    ended: Promise.all(Array.from({ length: options.clients }, (_, number) => phone(number))).then(
      () => stays,
    ),
    answered: () => answered.size,
    whereIs: (agentId) => underWay.get(agentId) ?? [],
  };
}

function pickBy<T>(list: readonly T[], number: number): T {
  const one = list[number % list.length];
  if (one === undefined) throw new Error('There has to be an office, and an agent for it.');
  return one;
}
