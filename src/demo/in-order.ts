/** Lets several speak at once and be read one after another. */
export interface Voice {
  say(line: string): void;
  /** Has said everything: the next one is heard. */
  end(): void;
}

/**
 * So many voices: the first one is heard at once, each other one as soon as all before it have ended, with what it has
 * said meanwhile.
 */
export function voicesInOrder(count: number, say: (line: string) => void): readonly Voice[] {
  const waiting = Array.from({ length: count }, (): { lines: string[]; hasEnded: boolean } => ({
    lines: [],
    hasEnded: false,
  }));
  let heard = 0;
  const goOn = (): void => {
    for (; ; heard += 1) {
      const voice = waiting[heard];
      if (voice === undefined) return;
      for (const line of voice.lines.splice(0)) say(line);
      if (!voice.hasEnded) return;
    }
  };
  return waiting.map((voice) => ({
    say(line) {
      voice.lines.push(line);
      goOn();
    },
    end() {
      voice.hasEnded = true;
      goOn();
    },
  }));
}
