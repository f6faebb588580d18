// Parses what the page asks for. Anything else than a known order is refused here, at the edge.
import { z } from 'zod';
import type { PageOrder } from './feed-types.ts';

const device = z.string().regex(/^[a-z0-9-]{1,32}$/);
const level = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]);

const pageOrder = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('press'), device, level }),
  z.strictObject({ do: z.literal('link'), device, open: z.boolean() }),
  z.strictObject({ do: z.literal('province'), open: z.boolean() }),
  z.strictObject({ do: z.literal('applicants'), acting: z.boolean() }),
]);

export function parsePageOrder(text: string): PageOrder | undefined {
  try {
    return pageOrder.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
