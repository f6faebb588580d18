// One window of the hall: the evaluator as a device with its screen, lights and five keys, its network switch,
// and the case at the window. Keys look alike for every level: nothing steers the hand.
import { LEVELS, type Level } from '../../../protocol/constants.ts';
import type { PageOrder, StripView, WindowView } from '../feed-types.ts';
import { element, makeSwitch, setAttribute, setText } from './dom.ts';
import { drawStrips, SCREEN_HEIGHT_PX, SCREEN_WIDTH_PX } from './screen-canvas.ts';
import { fill, type Texts } from './texts.ts';

export interface EvaluatorView {
  readonly root: HTMLElement;
  /** Where number keys are meant for this evaluator. */
  readonly body: HTMLElement;
  press(level: Level): void;
  update(view: WindowView, texts: Texts): void;
  draw(strips: StripView[]): void;
}

const KEY_SHOWN_MS = 160;

export function createEvaluatorView(device: string, send: (order: PageOrder) => void): EvaluatorView {
  const label = element('h3');
  const network = makeSwitch((open) => send({ do: 'link', device, open }));
  const canvas = element('canvas', {
    width: String(SCREEN_WIDTH_PX),
    height: String(SCREEN_HEIGHT_PX),
    role: 'img',
  });
  const press = (level: Level) => {
    const key = keys.get(level)!;
    key.classList.add('pressed');
    setTimeout(() => key.classList.remove('pressed'), KEY_SHOWN_MS);
    send({ do: 'press', device, level });
  };
  const keys = new Map<Level, HTMLButtonElement>(LEVELS.map((level) => [level, makeKey(level, press)]));
  const body = element('div', { class: 'device', role: 'group', tabindex: '0' }, [
    element('div', { class: 'bezel' }, [canvas]),
    element('div', { class: 'keys' }, [...keys.values()]),
  ]);
  const state = element('span', { class: 'state', role: 'status' });
  const hint = element('span', { class: 'hint', 'aria-hidden': 'true' });
  const unsent = element('span', { class: 'unsent' });
  const staff = element('p', { class: 'staff' });
  const matter = element('p', { class: 'matter' });
  const root = element('article', { class: 'window', 'data-device': device }, [
    element('header', {}, [label, network.root]),
    body,
    element('div', { class: 'under' }, [state, hint, unsent]),
    element('div', { class: 'desk' }, [matter, staff]),
  ]);

  const update = (view: WindowView, texts: Texts) => {
    const screen = texts.screens[view.screen] ?? texts.starting;
    setText(label, view.label);
    const link = texts.links[view.link] ?? texts.starting;
    network.update({ on: view.linkOpen, name: texts.network, word: view.linkOpen ? link : texts.off });
    setAttribute(network.root, 'data-tone', view.link === 'online' ? 'good' : 'warn');
    setAttribute(network.root, 'aria-label', `${view.label} ${texts.network} ${link}`);
    setAttribute(canvas, 'aria-label', fill(texts.screenLabel, { window: view.label, state: screen }));
    setAttribute(body, 'aria-label', fill(texts.evaluatorLabel, { window: view.label }));
    for (const [level, key] of keys) {
      const name = fill(texts.keyLabel, { window: view.label, level, name: texts.levels[level]! });
      setAttribute(key, 'aria-label', name);
      setAttribute(key, 'data-lit', String((view.lights & (1 << (level - 1))) !== 0));
    }
    setText(state, screen);
    setAttribute(state, 'data-screen', view.screen);
    setText(hint, texts.keyboardHint);
    setText(unsent, `${texts.unsent} ${view.unsent}`);
    setAttribute(unsent, 'data-some', String(view.unsent > 0));
    const waiting = view.waiting === null ? '' : ` · ${fill(texts.queue, { n: view.waiting })}`;
    setText(staff, view.staff ? `${texts.staff} ${view.staff.name} · ${view.staff.badgeId}${waiting}` : '');
    setText(matter, matterText(view, texts));
  };
  return { root, body, press, update, draw: (strips) => drawStrips(canvas, strips) };
}

function matterText({ cases }: WindowView, texts: Texts): string {
  const first = cases[0];
  if (!first) return texts.noCase;
  return cases.length === 1 ? first.taskName : `${first.taskName} ${fill(texts.batch, { n: cases.length })}`;
}

function makeKey(level: Level, press: (level: Level) => void): HTMLButtonElement {
  const key = element('button', { class: 'key', type: 'button', 'data-level': String(level) }, [
    element('span', { class: 'light', 'aria-hidden': 'true' }),
    element('span', { class: 'cap', 'aria-hidden': 'true' }, [String(level)]),
  ]);
  key.addEventListener('click', () => press(level));
  return key;
}
