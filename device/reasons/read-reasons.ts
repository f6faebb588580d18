// Reads the gateway's offer of reasons; undefined where it is not one of the contract.
import { REASON_OPTIONS_LIMIT, SEQUENCE_MAX } from '../../protocol/constants.ts';
import type { ReasonsOffer } from '../contracts.ts';
import { type Decode, type Fields, isInteger, readImage } from '../link/down-messages.ts';
import { layoutReasons } from './page.ts';

export function readReasons(fields: Fields, decode: Decode): ReasonsOffer | undefined {
  const given = fields.options;
  if (!isInteger(fields.seq, 1, SEQUENCE_MAX) || !Array.isArray(given)) return undefined;
  if (given.length < 1 || given.length > REASON_OPTIONS_LIMIT) return undefined;
  const options: ReasonsOffer['options'] = [];
  for (const option of given) {
    const label = option ? readImage(option.label, decode) : undefined;
    if (!label || !isInteger(option.code, 1, 65_535)) return undefined;
    options.push({ code: option.code, label });
  }
  return { seq: fields.seq, options, layout: layoutReasons };
}
