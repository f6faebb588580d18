// Commands that record what is done with personal data: looking it up, destroying a key, standing purposes. They are
// facts like all others, in the same chain, so that none can be changed or taken away unseen.
import type { CommandContext, Handlers } from './commands.ts';

type Persons = Pick<Handlers, 'record-look-up' | 'record-forgetting' | 'record-purpose'>;

export function makePersonCommands({ facts, meta }: CommandContext): Persons {
  return {
    'record-look-up'({ subject, persons, by, reason, via, atMs }) {
      facts.append({ atMs, kind: 'person.looked-up', subject, body: { persons, by, reason, via } });
      return {};
    },
    'record-forgetting'({ person, by, reason, atMs }) {
      facts.append({ atMs, kind: 'person.forgotten', subject: person, body: { person, by, reason } });
      return {};
    },
    'record-purpose'({ purpose, to, atMs }) {
      const key = `purpose-${purpose}`;
      if ((meta.get(key) ?? '') === to) return { change: 'unchanged' };
      meta.set(key, to);
      facts.append({ atMs, kind: 'person.purpose', subject: purpose, body: { to } });
      return { change: 'updated' };
    },
  };
}
