// Number keys 1–5 press the key of that level on the evaluator that has the focus or lies under the pointer.
import type { Level } from '../../../protocol/constants.ts';
import type { EvaluatorView } from './evaluator-view.ts';

export function listenNumberKeys(views: () => Iterable<EvaluatorView>): void {
  document.addEventListener('keydown', (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const level = Number(event.key);
    if (!Number.isInteger(level) || level < 1 || level > 5) return;
    const all = [...views()];
    const view =
      all.find(({ root }) => root.contains(document.activeElement)) ??
      all.find(({ root }) => root.matches(':hover'));
    if (!view) return;
    event.preventDefault();
    view.press(level as Level);
  });
}
