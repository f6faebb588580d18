// Takes a new key from the gateway: unwraps it with this session's downward key, writes it beside the present one,
// which the records made until now are signed with, and restarts to connect under the new one.
import { DOMAIN_REKEY } from '../../protocol/constants.ts';
import type { Identity } from '../contracts.ts';
import { sessionDownHmac } from '../crypto/device-crypto.ts';
import { fromHex, isHex, toBinary } from '../crypto/hex.ts';
import { putUint } from '../flash/bytes.ts';
import { generationInUse } from '../flash/generation-in-use.ts';
import { type Fields, isInteger } from '../link/down-messages.ts';
import type { OrderContext } from './context.ts';

export function rekey(context: OrderContext, fields: Fields): void {
  const identity = context.identity;
  const numbers = context.link.numbers();
  const gen = fields.gen;
  if (!numbers || !isInteger(gen, identity.gen + 1, 255) || !isHex(fields.wrapped, 64)) return;
  if (generationInUse(identity, context.journal)) {
    context.hardware.tell('log', `rekey: records of key ${identity.previous!.gen} wait`);
    return;
  }
  const message = new Uint8Array(5);
  message[0] = gen;
  putUint(message, 1, 4, fields.n as number);
  const down = sessionDownHmac(context.hardware.native.sha256, identity, numbers);
  const pad = down(DOMAIN_REKEY, toBinary(message));
  const renewed: Identity = {
    hall: identity.hall,
    device: identity.device,
    handle: identity.handle,
    key: fromHex(fields.wrapped).map((byte, index) => byte ^ pad[index]!),
    gen: gen,
    previous: { key: identity.key, gen: identity.gen },
  };
  if (context.store.writeIdentity(renewed)) context.restart();
  else context.hardware.tell('log', 'rekey: flash did not take it');
}
