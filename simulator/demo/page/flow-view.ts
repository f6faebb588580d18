// The way of a press in three counted stages, with what waits between them, the chart of the backlog and the
// province's switch.
import type { HallView, PageOrder } from '../feed-types.ts';
import { createBacklogChart } from './backlog-chart.ts';
import { element, makeSwitch, setAttribute, setText } from './dom.ts';
import type { Texts } from './texts.ts';

export interface FlowView {
  readonly root: HTMLElement;
  update(hall: HallView, texts: Texts): void;
  /** Once a second. */
  tick(): void;
}

export function createFlowView(send: (order: PageOrder) => void): FlowView {
  const stages = [makeStage('thanked'), makeStage('committed'), makeStage('forwarded')] as const;
  const pipes = [makePipe(), makePipe()] as const;
  const chart = createBacklogChart();
  const chartTitle = element('span', { class: 'chart-title' });
  const chartValue = element('strong', { class: 'chart-value', 'data-testid': 'backlog' });
  const chartNote = element('span', { class: 'chart-note' });
  const province = makeSwitch((open) => send({ do: 'province', open }));
  pipes[1].root.append(province.root);
  const root = element('section', { class: 'flow', 'aria-label': 'flow' }, [
    stages[0].root,
    pipes[0].root,
    stages[1].root,
    pipes[1].root,
    stages[2].root,
    element('div', { class: 'chart' }, [
      element('div', { class: 'chart-head' }, [chartTitle, chartValue]),
      chart.root,
      chartNote,
    ]),
  ]);
  let backlog = 0;
  let label = '';
  const update = (hall: HallView, texts: Texts) => {
    const { thanked, committed, forwarded, received } = hall.counters;
    stages[0].update(texts.thanked, thanked, texts.pressesUnit);
    stages[1].update(texts.committed, committed, hall.gatewayRunning ? texts.pressesUnit : texts.gatewayDown);
    stages[2].update(texts.forwarded, forwarded, `${received} ${texts.servicesReceived}`);
    pipes[0].update({
      waiting: Math.max(0, thanked - committed),
      name: texts.atEvaluators,
      cut: hall.windows.some((view) => !view.linkOpen) || !hall.gatewayRunning,
    });
    pipes[1].update({
      waiting: Math.max(0, committed - forwarded),
      name: texts.atGateway,
      cut: !hall.provinceOpen,
    });
    province.update({
      on: hall.provinceOpen,
      name: texts.province,
      word: hall.provinceOpen ? texts.on : texts.off,
    });
    setAttribute(stages[1].root, 'data-down', String(!hall.gatewayRunning));
    setAttribute(root, 'aria-label', texts.subtitle);
    backlog = Math.max(0, thanked - forwarded);
    setText(chartTitle, texts.backlog);
    setText(chartValue, String(backlog));
    setText(chartNote, texts.backlogNote);
    label = `${texts.backlogNote}: ${backlog}`;
  };
  return { root, update, tick: () => chart.sample(backlog, label) };
}

function makeStage(id: string) {
  const name = element('span', { class: 'stage-name' });
  const value = element('strong', { class: 'stage-value', 'data-testid': id });
  const note = element('span', { class: 'stage-note' });
  const root = element('div', { class: 'stage' }, [name, value, note]);
  return {
    root,
    update: (text: string, count: number, noteText: string) => {
      setText(name, text);
      setText(value, String(count));
      setText(note, noteText);
    },
  };
}

/** So many waiting records fill the bar. */
const BAR_FULL_RECORDS = 12;

function makePipe() {
  const text = element('span', { class: 'pipe-text' });
  const fillBar = element('span', { class: 'pipe-fill' });
  const bar = element('span', { class: 'pipe-bar', 'aria-hidden': 'true' }, [fillBar]);
  const root = element('div', { class: 'pipe' }, [bar, text]);
  return {
    root,
    update: (state: { waiting: number; name: string; cut: boolean }) => {
      setText(text, `${state.name} ${state.waiting}`);
      setAttribute(root, 'data-cut', String(state.cut));
      setAttribute(root, 'data-some', String(state.waiting > 0));
      fillBar.style.setProperty('--share', String(Math.min(1, state.waiting / BAR_FULL_RECORDS)));
    },
  };
}
