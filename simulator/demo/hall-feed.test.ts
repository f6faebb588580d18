import { describe, expect, it } from 'vitest';
import type { ReceivedEvaluation } from '../province/read-store.ts';
import { createHallFeed, type HallState } from './hall-feed.ts';
import type { RecordWatch } from './record-watch.ts';
import { clock } from './testing.ts';

const state: HallState = {
  hall: '大厅',
  engine: 'node',
  gatewayRunning: true,
  provinceOpen: true,
  applicantsActing: true,
  closing: false,
  atWindow: new Map(),
  waitingAt: undefined,
};

const received = (projectNo: string, channel: string): ReceivedEvaluation => ({
  projectNo,
  assessNumber: '1',
  level: 3,
  channel,
  writing: '',
  assessTime: '2026-02-14 00:00:00',
  receivedMs: 0,
  taskName: '居民身份证补领',
});

describe('what the page shows of the province', () => {
  it('tells an evaluation that nobody made from one that somebody pressed', () => {
    const records: Partial<RecordWatch> = {
      newestRows: () => [],
      newestReceived: () => [received('a', '7'), received('b', '4')],
    };
    const feed = createHallFeed({
      state,
      evaluators: [],
      records: () => records as RecordWatch,
      clock,
      onOrder: () => undefined,
    });
    const [event] = feed.replay();
    feed.stop();
    expect(event?.type === 'hall' && event.hall.received).toMatchObject([
      { projectNo: 'a', isDefault: true },
      { projectNo: 'b', isDefault: false },
    ]);
  });
});
