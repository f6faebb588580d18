// Parts: code that is seldom needed. Each lies in a file of its own beside the firmware's slot, is evaluated when it
// is asked for, takes what it needs as arguments, and costs memory only while something holds on to it. A part is
// this folder's `<name>.ts`, whose default export is what `part` gives; the build finds it there.
// Types only: nothing of a part may come into the firmware itself.

export interface Parts {
  setup: typeof import('./setup.ts').default;
  start: typeof import('./start.ts').default;
  order: typeof import('./order.ts').default;
  trial: typeof import('./trial.ts').default;
  reasons: typeof import('./reasons.ts').default;
  provision: typeof import('./provision.ts').default;
  voice: typeof import('./voice.ts').default;
}
