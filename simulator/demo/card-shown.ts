// Waits until a card is on an evaluator's screen, or the wait is ended.
import type { EvaluatorHost } from './evaluator-host.ts';

export function cardShown(evaluator: EvaluatorHost, end: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (evaluator.state.screen.name === 'card') return resolve(true);
    evaluator.listen({
      onScreen: ({ name }) => {
        if (name === 'card') resolve(true);
      },
    });
    if (end.aborted) resolve(false);
    end.addEventListener('abort', () => resolve(false), { once: true });
  });
}
