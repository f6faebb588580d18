// What evaluators are put through on every engine. Each step waits for what the evaluator shows or says, so that the
// trace does not depend on how fast an engine is.
import { openScreens } from '../../gateway/screens/screens.ts';
import type { Stage } from './stage.ts';

const screens = openScreens({ onMissingGlyph: () => undefined });
const zhang = { name: '张三', badgeId: 'A1023' };
const STAFF = '11'.repeat(8);
const handle = (digit: string) => digit.repeat(16);

const card = (invitation: string, matter: string[]) => ({
  invitation,
  staff: STAFF,
  term: 600,
  matter: screens.matter(matter),
  who: screens.who(zhang),
});
const desk = (state: { paused?: boolean; unlinked?: boolean } = {}) => ({
  do: 'desk',
  staff: STAFF,
  paused: state.paused ?? false,
  unlinked: state.unlinked ?? false,
  place: screens.place({ hall: '松花江市政务服务中心', window: 'A03 不动产' }),
  who: screens.who(zhang),
});

async function toTheDesk(stage: Stage, state: Parameters<typeof desk>[0] = {}): Promise<void> {
  await stage.provision();
  await stage.greet();
  await stage.shows('screen idle');
  await stage.redraws(() => stage.send('control', desk(state)));
}

export const SCENARIOS: Record<string, (stage: Stage) => Promise<void>> = {
  async 'an applicant changes his mind, is thanked, and the record is freed'(stage) {
    await toTheDesk(stage);
    stage.send('card', card(handle('a'), ['不动产转移登记']));
    await stage.shows('screen card');
    await stage.press(4);
    await stage.shows('screen chosen');
    await stage.press(1);
    await stage.shows('lights 1');
    await stage.shows('thanked 1');
    await stage.published('evaluation', 1);
    await stage.shows('screen idle');
    stage.send('ack', { upTo: 1, epoch: 1 });
    stage.send('card', card(handle('b'), ['居住证签注', '居住登记', '户口迁移']));
    await stage.shows('screen card');
    await stage.powerOff();
  },

  async 'a press while the gateway is away is kept and sent when it is back'(stage) {
    await toTheDesk(stage);
    stage.send('card', card(handle('a'), ['企业设立登记']));
    await stage.shows('screen card');
    await stage.gatewayLeaves();
    await stage.press(2);
    await stage.shows('screen chosen');
    await stage.shows('thanked 1');
    await stage.shows('screen offline-idle');
    await stage.powerOff();
    await stage.gatewayReturns();
    await stage.powerOn();
    await stage.shows('screen offline-idle');
    await stage.greet();
    await stage.published('evaluation', 1);
    await stage.shows('screen idle');
    stage.send('card', card(handle('a'), ['企业设立登记']));
    stage.send('ack', { upTo: 1, epoch: 1 });
    stage.send('card', card(handle('c'), ['企业注销登记']));
    await stage.shows(`screen card ${handle('c')}`);
    await stage.powerOff();
  },

  async 'pause, cancellation and replacement wait for a press that has begun'(stage) {
    await toTheDesk(stage);
    stage.send('control', desk({ paused: true }));
    await stage.shows('screen paused');
    await stage.press(5);
    await stage.shows('sound refused');
    stage.send('control', desk());
    await stage.shows('screen idle');
    stage.send('card', card(handle('a'), ['社会保障卡申领']));
    await stage.shows(`screen card ${handle('a')}`);
    stage.send('control', { do: 'cancel', invitation: handle('a') });
    await stage.shows('screen idle');
    stage.send('card', card(handle('b'), ['社会保障卡补领']));
    await stage.shows(`screen card ${handle('b')}`);
    await stage.press(3);
    await stage.shows('screen chosen');
    stage.send('control', { do: 'cancel', invitation: handle('b') });
    stage.send('card', card(handle('c'), ['居民身份证补领']));
    stage.send('control', desk({ paused: true }));
    await stage.shows('thanked 1');
    await stage.published('evaluation', 1);
    await stage.shows('screen paused');
    await stage.powerOff();
  },

  async 'a power cut before the record leaves nothing of the press, one after it everything'(stage) {
    await toTheDesk(stage, { unlinked: true });
    await stage.press(5);
    await stage.shows('screen chosen');
    await stage.powerOff();
    await stage.powerOn();
    await stage.shows('screen offline-idle');
    await stage.greet();
    await stage.shows('screen idle');
    await stage.redraws(() => stage.send('control', desk({ unlinked: true })));
    await stage.press(1);
    await stage.shows('screen chosen');
    await stage.shows('thanked 1');
    await stage.shows('screen thanks');
    await stage.powerOff();
    await stage.powerOn();
    await stage.shows('screen offline-idle');
    await stage.greet();
    await stage.published('evaluation', 1);
    await stage.powerOff();
  },

  async 'forged, replayed and malformed messages change nothing'(stage) {
    await toTheDesk(stage);
    const session = stage.session();
    const before = session.counter;
    stage.send('card', card(handle('a'), ['食品经营许可']));
    await stage.shows('screen card');
    session.counter = before;
    stage.send('card', card(handle('e'), ['伪造']));
    // The desk came with this counter: counters are compared within a kind.
    session.counter = before - 1;
    stage.send('control', { do: 'reboot' });
    session.counter = before + 10;
    stage.send('card', { ...card(handle('e'), ['伪造']), staff: 'nobody' });
    stage.send('control', { do: 'obey' });
    stage.send('ack', { upTo: -1, epoch: 1 });
    await stage.press(2);
    await stage.shows('screen chosen');
    await stage.shows('thanked 1');
    await stage.published('evaluation', 1);
    stage.send('ack', { upTo: 4_000_000_000, epoch: 1 });
    stage.send('card', card(handle('b'), ['食品生产许可']));
    await stage.shows(`screen card ${handle('b')}`);
    await stage.powerOff();
  },
};
