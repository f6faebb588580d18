// Tells V8 that a hall of programs runs here: each evaluator has a JavaScript world of its own, whose functions would
// be called too seldom to be compiled by the usual measure. Changes how fast a run is, never what happens in it.
import { setFlagsFromString } from 'node:v8';

/** Bytes of code run before a function counts as hot; V8's own is some 130,000. Measured: a third less for idle evaluators. */
const HOT_AFTER_BYTES = 5000;

export function expectManyPrograms(): void {
  setFlagsFromString(`--interrupt-budget=${HOT_AFTER_BYTES}`);
}
