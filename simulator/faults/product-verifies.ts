// `pingjia verify` on what a run left behind: the product's own proof of chain, signatures, records and what counts
// must find nothing. The other checkers do not rely on it.
import { loadMasterKeys } from '../../gateway/fleet/master-key.ts';
import { verify } from '../../gateway/verify/verify.ts';
import type { Checker } from '../world/artefacts.ts';

export const productVerifies: Checker = {
  name: 'product-verifies',
  check({ hall, dataFolder, masterKeyFile }) {
    const { findings } = verify({
      hall,
      dataFolder,
      masterKeys: loadMasterKeys(masterKeyFile),
      anchorFile: undefined,
      isKept: () => false,
      onProgress: () => undefined,
    });
    return findings.map((finding) => ({ invariant: 7, what: JSON.stringify(finding) }));
  },
};
