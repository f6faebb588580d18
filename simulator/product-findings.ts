// What `pingjia verify` finds in a gateway's files, whole and with nothing kept elsewhere to compare them with.
import { loadMasterKeys } from '../gateway/fleet/master-key.ts';
import { verify } from '../gateway/verify/verify.ts';

export interface GatewayFiles {
  hall: string;
  dataFolder: string;
  masterKeyFile: string;
}

export function productFindings({ hall, dataFolder, masterKeyFile }: GatewayFiles) {
  return verify({
    hall,
    dataFolder,
    masterKeys: loadMasterKeys(masterKeyFile),
    anchorFile: undefined,
    isKept: () => false,
    onProgress: () => undefined,
  }).findings;
}
