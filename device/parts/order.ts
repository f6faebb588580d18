// The part that carries out the gateway's rarer orders: firmware, key, Storage. Kept while an image comes in.
import type { Fields } from '../link/down-messages.ts';
import type { OrderContext } from '../update/context.ts';
import { rekey } from '../update/rekey.ts';
import { createUpdater } from '../update/updater.ts';

export default function takeOrders(context: OrderContext): (fields: Fields) => void {
  const updater = createUpdater(context);
  return (fields) => {
    switch (fields.do) {
      case 'offer':
        updater.offer(fields);
        break;
      case 'chunk':
        updater.chunk(fields);
        break;
      case 'rekey':
        rekey(context, fields);
        break;
      case 'compact':
        compact(context);
    }
  };
}

/** Nothing runs from Storage while it moves, and nothing waits that only this device has. */
function compact(context: OrderContext): void {
  const report: Record<string, unknown> = { version: context.version, state: 'compacting', offset: 0 };
  if (context.journal.state().unsent > 0) {
    report.state = 'refused';
    report.code = 'compact.journal';
  }
  context.link.send('progress', report);
  if (report.code) return;
  context.store.markClean();
  context.hardware.compactAndRestart();
}
