// Waits for the next card on an evaluator's screen.
import type { EvaluatorHost } from './evaluator-host.ts';

export function nextCard(evaluator: EvaluatorHost): Promise<void> {
  return new Promise((resolve) => {
    evaluator.listen({
      onScreen: ({ name }) => {
        if (name === 'card') resolve();
      },
    });
  });
}
