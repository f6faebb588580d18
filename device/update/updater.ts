// Takes an image from the gateway into the slot that does not run: offer, chunks, verification, choice, restart. What
// it holds is read from Storage at each offer, so that it goes on after a lost connection and after a power cut.
import type { UpdateCode, UpdateState } from '../../protocol/updates.ts';
import { choose, isOnTrial } from '../boot/slot-choice.ts';
import { MANIFEST, type Manifest, slotFile, slotIsWhole } from '../boot/slot-files.ts';
import type { Fields } from '../link/down-messages.ts';
import type { OrderContext } from './context.ts';
import { manifestLine, type Offer, offerMac, readChunk, readManifest, readOffer } from './offer.ts';
import {
  eraseSlot,
  heldBytes,
  roomBytes,
  type Target,
  type WriteResult,
  writeFiles,
  writeManifest,
} from './slot-writer.ts';
import { isNewer } from './version.ts';

/** Of a Storage file, and there are at most 17 of them: so much may an image take beside its bytes. */
const OVERHEAD_BYTES = 17 * 36;
const REST_CHECK_MS = 1000;

export interface Updater {
  offer(fields: Fields): void;
  chunk(fields: Fields): void;
}

export function createUpdater(context: OrderContext): Updater {
  const hardware = context.hardware;
  const read = hardware.files.read;
  const sha256 = hardware.native.sha256;
  const target: Target = { hardware: hardware, slot: hardware.slot === 'a' ? 'b' : 'a' };
  let offered: Offer | undefined;
  let image: { manifest: Manifest; lineBytes: number } | undefined;
  let offset = 0;
  let waiting = false;

  function tell(state: UpdateState, code?: UpdateCode): void {
    const report: Record<string, unknown> = {
      version: offered ? offered.version : context.version,
      state: state,
      offset: offset,
    };
    if (code) report.code = code;
    context.link.send('progress', report);
  }

  function refuse(code: UpdateCode): void {
    tell('refused', code);
    offered = undefined;
  }

  /** What is there is of no use: the next offer begins anew. */
  function discard(code: UpdateCode): void {
    eraseSlot(target);
    offset = 0;
    refuse(code);
  }

  function check(offer: Offer): UpdateCode | undefined {
    if (offerMac(sha256, context.identity, offer) !== offer.mac) return 'update.mac';
    if (offer.board !== hardware.board) return 'update.board';
    if (!offer.forced && !isNewer(offer.version, context.version)) return 'update.not-newer';
    return waiting || isOnTrial(context.store) ? 'update.busy' : undefined;
  }

  /** Goes on where the same image ended; any other one makes room for it. */
  function begin(offer: Offer): boolean {
    const line = read(slotFile(target.slot, MANIFEST));
    const manifest = readManifest(line, sha256, offer);
    image = manifest && { manifest: manifest, lineBytes: line!.length };
    offset = manifest ? heldBytes(target, line!, manifest) : 0;
    if (image) return true;
    eraseSlot(target);
    return offer.bytes + OVERHEAD_BYTES <= roomBytes(hardware);
  }

  function store(data: string): WriteResult | 'manifest' {
    if (image) return writeFiles(target, image, { offset: offset, data: data });
    const line = manifestLine(data);
    const manifest = readManifest(line, sha256, offered!);
    if (!manifest) return 'manifest';
    image = { manifest: manifest, lineBytes: line!.length };
    const result = writeManifest(target, line!);
    if (result !== 'written' || line!.length === data.length) return result;
    return writeFiles(target, image, { offset: line!.length, data: data.slice(line!.length) });
  }

  function finish(): void {
    if (!slotIsWhole(read, sha256, target.slot)) discard('update.hash');
    else if (!choose(context.store, target.slot)) refuse('update.flash');
    else {
      waiting = true;
      tell('waiting');
      hardware.timers.after(REST_CHECK_MS, restartAtRest);
    }
  }

  function restartAtRest(): void {
    if (context.atRest()) context.restart();
    else hardware.timers.after(REST_CHECK_MS, restartAtRest);
  }

  function goOn(): void {
    if (offset === offered!.bytes) finish();
    else tell('ready');
  }

  return {
    offer(fields) {
      const offer = readOffer(fields);
      if (!offer) return;
      offset = 0;
      offered = offer;
      const code = check(offer);
      if (code) refuse(code);
      else if (begin(offer)) goOn();
      else refuse('update.room');
    },
    chunk(fields) {
      const chunk = readChunk(fields);
      if (!chunk || waiting) return;
      if (!offered) {
        refuse('update.offset');
        return;
      }
      // A repeated one: the answer says where to go on.
      if (chunk.offset !== offset) {
        tell('ready');
        return;
      }
      const data = hardware.native.fromBase64(chunk.base64);
      const result = data.length > offered.bytes - offset ? 'failed' : store(data);
      switch (result) {
        case 'written':
          offset += data.length;
          goOn();
          break;
        case 'room':
          discard('update.room');
          break;
        case 'manifest':
          discard('update.manifest');
          break;
        case 'failed':
          discard('update.flash');
      }
    },
  };
}
