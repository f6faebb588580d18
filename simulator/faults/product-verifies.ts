// `pingjia verify` on what a run left behind: the product's own proof of chain, signatures, records and what counts
// must find nothing. The other checkers do not rely on it.
import { productFindings } from '../product-findings.ts';
import type { Checker } from '../world/artefacts.ts';

export const productVerifies: Checker = {
  name: 'product-verifies',
  check: (artefacts) =>
    productFindings(artefacts).map((finding) => ({ invariant: 7, what: JSON.stringify(finding) })),
};
