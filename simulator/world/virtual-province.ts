// The provincial system in virtual time, as the gateway's HTTP connector calls it: latency, the province's own
// decision and store, and whatever behaviours stand between.
import type { HttpPost } from '../../gateway/upstream/national-http.ts';
import type { Profile } from '../../gateway/upstream/profile.ts';
import { signatureOf } from '../../gateway/upstream/signature.ts';
import type { Random } from '../people/random.ts';
import type { ProvinceBehaviour } from '../province/behaviours/behaviour.ts';
import { replyTo } from '../province/reply.ts';
import { openProvinceStore } from '../province/store.ts';
import type { World } from './world.ts';

export const APP_MARK = 'hall';
export const APP_WORD = '口令';
const LATENCY_MS = { from: 20, to: 400 };

export interface VirtualProvince {
  post: HttpPost;
  behaviours: ProvinceBehaviour[];
  close(): void;
}

export function openVirtualProvince(options: {
  world: World;
  file: string;
  profile: Profile;
  random: Random;
}): VirtualProvince {
  const { world, profile, random } = options;
  const store = openProvinceStore(options.file, { durable: false });
  const parts = { appMark: APP_MARK, appWord: APP_WORD };
  const credentials = {
    ...parts,
    sign: (time: string) => signatureOf({ time, ...parts }, { ...profile, signKey: undefined }),
  };
  const province: VirtualProvince = {
    behaviours: [],
    post: ({ url, body, signal }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        const later = (delayMs: number, run: () => void) =>
          world.clock.after(delayMs, () => {
            world.touch();
            run();
          });
        // On its way it cannot be called back: it arrives also when the caller has given up.
        later(LATENCY_MS.from + Math.floor(random() * (LATENCY_MS.to - LATENCY_MS.from)), () => {
          const call = { path: new URL(url).pathname, body, nowMs: world.clock.wallMs() };
          const reply = replyTo(call, { store, credentials, behaviours: province.behaviours });
          if (reply.do === 'silence') return;
          if (reply.do === 'break') return reject(new Error('ECONNRESET'));
          if (reply.cutAfterBytes !== undefined) return reject(new Error('terminated'));
          const { status, description } = reply;
          later(reply.delayMs ?? 0, () =>
            resolve({ status, header: () => description ?? null, body: reply.body }),
          );
        });
      }),
    close: () => store.close(),
  };
  return province;
}
