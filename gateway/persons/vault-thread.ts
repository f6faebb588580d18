// The thread that owns the keys of persons in a running gateway, so that neither the event loop nor intake's writer
// waits for their disk. In: {id, seal} or {id, open}; out: {id, out} or {id, failed}.
import { parentPort, workerData } from 'node:worker_threads';
import type { PersonalRecord, SealedPerson } from './applicant.ts';
import { type Opened, openVault, type Vault, VaultError, type VaultOptions } from './vault.ts';

export type VaultQuestion = { seal: readonly PersonalRecord[] } | { open: readonly SealedPerson[] };
export type VaultReply =
  | { failedToStart: string }
  | { id: number; out: SealedPerson[] | Opened[] }
  | { id: number; failed: string };

const port = parentPort!;
const post = (reply: VaultReply) => port.postMessage(reply);

try {
  serve(openVault(workerData as VaultOptions));
} catch (error) {
  if (!(error instanceof VaultError)) throw error;
  post({ failedToStart: error.message });
}

function serve(vault: Vault): void {
  port.on('message', (request: ({ id: number } & VaultQuestion) | 'stop') => {
    if (request === 'stop') {
      vault.close();
      port.close();
      return;
    }
    const { id } = request;
    try {
      post({ id, out: 'seal' in request ? vault.seal(request.seal) : vault.open(request.open) });
    } catch (error) {
      post({ id, failed: (error as Error).message });
    }
  });
}
