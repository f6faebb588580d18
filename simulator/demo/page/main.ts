// The demo page: wires the feed to its views. It keeps no state of the hall beyond the last event.
import type { HallView, PageOrder } from '../feed-types.ts';
import { element, makeSwitch, setAttribute, setText } from './dom.ts';
import { createEvaluatorView, type EvaluatorView } from './evaluator-view.ts';
import { openFeed, sendOrder } from './feed.ts';
import { createFlowView } from './flow-view.ts';
import { listenNumberKeys } from './number-keys.ts';
import { createRecordsView } from './records-view.ts';
import { chooseLanguage, type Language, savedLanguage } from './texts.ts';

const SAMPLE_INTERVAL_MS = 1000;

let language: Language = savedLanguage();
let texts = chooseLanguage(language);
let hall: HallView | undefined;
let connected = false;

const send = (order: PageOrder) => void sendOrder(order);
const hallName = element('span');
const title = element('span');
const subtitle = element('p', { class: 'subtitle' });
const otherLanguage = element('button', { class: 'language', type: 'button' });
const applicants = makeSwitch((acting) => send({ do: 'applicants', acting }));
const applicantsHelp = element('span', { class: 'help' });
const notice = element('p', { class: 'notice', role: 'status' });
const windowsTitle = element('h2', { class: 'windows-title' });
const windows = element('div', { class: 'windows' });
const footer = element('footer');
const evaluators = new Map<string, EvaluatorView>();
const flow = createFlowView(send);
const records = createRecordsView();

document.body.append(
  element('header', { class: 'top' }, [
    element('div', {}, [element('h1', {}, [hallName, title]), subtitle]),
    otherLanguage,
  ]),
  element('main', {}, [
    notice,
    flow.root,
    element('div', { class: 'windows-head' }, [
      windowsTitle,
      element('div', { class: 'applicants' }, [applicants.root, applicantsHelp]),
    ]),
    windows,
    records.root,
  ]),
  footer,
);

function evaluatorOf(device: string): EvaluatorView {
  const known = evaluators.get(device);
  if (known) return known;
  const made = createEvaluatorView(device, send);
  evaluators.set(device, made);
  windows.append(made.root);
  return made;
}

function render(): void {
  setText(otherLanguage, texts.otherLanguage);
  setAttribute(otherLanguage, 'lang', language === 'zh' ? 'en' : 'zh-CN');
  setText(subtitle, texts.subtitle);
  setText(windowsTitle, texts.windows);
  setText(notice, noticeText());
  notice.hidden = noticeText() === '';
  setText(title, texts.title);
  setText(hallName, hall?.hall ?? '');
  if (!hall) return;
  setText(footer, `${texts.demoNote} ${texts.engine} ${hall.engine === 'node' ? 'Node' : 'Espruino'}`);
  const { applicantsActing } = hall;
  applicants.update({
    on: applicantsActing,
    name: texts.applicants,
    word: applicantsActing ? texts.yes : texts.no,
  });
  setText(applicantsHelp, texts.applicantsHelp);
  flow.update(hall, texts);
  for (const view of hall.windows) evaluatorOf(view.device).update(view, texts);
  records.update(hall, texts);
}

function noticeText(): string {
  if (!connected) return hall ? texts.connectionLost : '';
  if (hall && !hall.gatewayRunning) return texts.gatewayDown;
  return hall?.closing ? texts.closing : '';
}

otherLanguage.addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  texts = chooseLanguage(language);
  render();
});
listenNumberKeys(() => evaluators.values());
setInterval(() => flow.tick(), SAMPLE_INTERVAL_MS);
openFeed({
  onConnected: (now) => {
    connected = now;
    render();
  },
  onEvent: (event) => {
    if (event.type === 'strips') return evaluatorOf(event.device).draw(event.strips);
    hall = event.hall;
    render();
  },
});
render();
