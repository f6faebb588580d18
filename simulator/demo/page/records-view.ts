// Two lists: what the gateway has recorded and what the province has received, newest first. Rows are kept by
// identity, so that only new ones are announced and lit up.
import type { EvaluationView, HallView, ReceivedView } from '../feed-types.ts';
import { element, setAttribute, setText } from './dom.ts';
import { fill, type Texts } from './texts.ts';

export interface RecordsView {
  readonly root: HTMLElement;
  update(hall: HallView, texts: Texts): void;
}

export function createRecordsView(): RecordsView {
  const records = makeList<EvaluationView>('records', (record) => String(record.id), fillRecord);
  const received = makeList<ReceivedView>(
    'received',
    (record) => `${record.projectNo}/${record.assessNumber}`,
    fillReceived,
  );
  const root = element('div', { class: 'lists' }, [records.root, received.root]);
  return {
    root,
    update: (hall, texts) => {
      records.update(hall.evaluations, { title: texts.records, empty: texts.recordsEmpty, texts });
      received.update(hall.received, { title: texts.received, empty: texts.receivedEmpty, texts });
    },
  };
}

interface Row {
  root: HTMLLIElement;
  time: HTMLElement;
  matter: HTMLElement;
  detail: HTMLElement;
  level: HTMLElement;
  state: HTMLElement;
}

function makeList<T>(
  id: string,
  identity: (item: T) => string,
  show: (row: Row, item: T, texts: Texts) => void,
) {
  const title = element('h2');
  const empty = element('p', { class: 'empty' });
  const list = element('ol', { 'data-testid': id });
  const root = element('section', { class: 'list' }, [title, empty, list]);
  const rows = new Map<string, Row>();
  const update = (
    items: T[],
    { title: name, empty: none, texts }: { title: string; empty: string; texts: Texts },
  ) => {
    setText(title, name);
    setText(empty, none);
    empty.hidden = items.length > 0;
    const kept = new Set(items.map(identity));
    for (const [key, row] of rows) {
      if (kept.has(key)) continue;
      row.root.remove();
      rows.delete(key);
    }
    items.forEach((item, index) => {
      const key = identity(item);
      const row = rows.get(key) ?? makeRow();
      rows.set(key, row);
      show(row, item, texts);
      if (list.children[index] !== row.root) list.insertBefore(row.root, list.children[index] ?? null);
    });
  };
  return { root, update };
}

function makeRow(): Row {
  const time = element('span', { class: 'row-time' });
  const matter = element('span', { class: 'row-matter' });
  const detail = element('span', { class: 'row-detail' });
  const level = element('span', { class: 'row-level' });
  const state = element('span', { class: 'row-state' });
  const root = element('li', {}, [
    time,
    element('span', { class: 'row-what' }, [matter, detail]),
    level,
    state,
  ]);
  return { root, time, matter, detail, level, state };
}

function fillRecord(row: Row, record: EvaluationView, texts: Texts): void {
  setText(row.time, clockTime(record.pressedAt));
  setText(row.matter, record.taskName);
  const batch = record.services > 1 ? ` · ${fill(texts.batch, { n: record.services })}` : '';
  setText(row.detail, `${record.window}${batch}`);
  setText(row.level, `${record.level} ${texts.levels[record.level]}`);
  setText(row.state, texts[record.upstream]);
  setAttribute(row.state, 'data-state', record.upstream);
}

function fillReceived(row: Row, record: ReceivedView, texts: Texts): void {
  setText(row.time, record.assessTime.slice(11));
  setText(row.matter, record.taskName);
  setText(row.detail, `${record.projectNo} / ${record.assessNumber}`);
  setText(row.level, `${record.level} ${texts.levels[record.level]}`);
  row.state.hidden = !record.isDefault;
  setText(row.state, texts.byDefault);
  setAttribute(row.state, 'data-state', 'default');
}

const shanghai = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

function clockTime(iso: string | null): string {
  return iso ? shanghai.format(new Date(iso)) : '—';
}
