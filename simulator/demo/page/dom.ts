// Small helpers to make and update elements; text is always text, never markup.

type Child = Node | string;

export interface Attributes {
  class?: string;
  [name: string]: string | undefined;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: Child[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Touches the page only when something changed, so that screen readers are not disturbed. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** A switch with a visible name; `aria-checked` tells its state. */
export function makeSwitch(onChange: (on: boolean) => void): {
  root: HTMLButtonElement;
  update(state: { on: boolean; name: string; word: string }): void;
} {
  const name = element('span', { class: 'switch-name' });
  const word = element('span', { class: 'switch-word' });
  const track = element('span', { class: 'switch-track', 'aria-hidden': 'true' });
  const root = element('button', { class: 'switch', type: 'button', role: 'switch' }, [name, track, word]);
  root.addEventListener('click', () => onChange(root.getAttribute('aria-checked') !== 'true'));
  return {
    root,
    update: (state) => {
      setAttribute(root, 'aria-checked', String(state.on));
      setText(name, state.name);
      setText(word, state.word);
    },
  };
}
