// Every word of the page in Chinese and English. Chinese comes first; the choice is kept in the browser.

export type Language = 'zh' | 'en';

const zh = {
  title: '评价大厅',
  subtitle: '一次按键，从评价器到省“好差评”系统',
  demoNote: '演示：模拟窗口、模拟省系统；评价器运行真实固件，网关为真实程序。',
  otherLanguage: 'English',
  thanked: '评价器已致谢',
  committed: '网关已入库',
  forwarded: '省系统已接收',
  atEvaluators: '待传网关',
  atGateway: '待报省级',
  backlog: '积压',
  backlogNote: '最近 60 秒未到省系统的评价',
  pressesUnit: '次按键',
  servicesReceived: '条办件评价',
  applicants: '办事人自动按键',
  applicantsHelp: '关闭后由您来按',
  province: '省系统网络',
  network: '网络',
  on: '接通',
  off: '切断',
  yes: '开',
  no: '关',
  gatewayDown: '网关已停止，正在重启…',
  connectionLost: '与演示程序的连接已断开，正在重连…',
  closing: '不再发卡，正在送完积压…',
  windows: '服务窗口',
  staff: '工作人员',
  queue: '排队 {n} 人',
  noCase: '等待下一位办事人',
  batch: '等 {n} 件（批量）',
  unsent: '闪存待传',
  keyboardHint: '键盘 1–5',
  keyLabel: '{window} 按键 {level}:{name}',
  screenLabel: '{window} 评价器屏幕：{state}',
  evaluatorLabel: '{window} 评价器。数字键 1 至 5 按键',
  records: '网关记录',
  recordsEmpty: '还没有评价。按下任意评价器的一个键试试。',
  received: '省系统收到',
  receivedEmpty: '省系统还没有收到评价。',
  waiting: '待上报',
  delivered: '已上报',
  refused: '被拒收',
  byDefault: '默认评价',
  engine: '固件运行于',
  levels: { 5: '非常满意', 4: '满意', 3: '基本满意', 2: '不满意', 1: '非常不满意' } as Record<number, string>,
  screens: {
    unprovisioned: '未配置',
    idle: '空闲',
    card: '请您评价',
    chosen: '已选，可更改',
    thanks: '谢谢评价',
    paused: '暂停服务',
    full: '存储已满',
    fault: '故障',
    'offline-idle': '离线',
  } as Record<string, string>,
  links: {
    'no-link': '无网络',
    'no-gateway': '连不上网关',
    refused: '被网关拒绝',
    connecting: '连接中',
    online: '在线',
  } as Record<string, string>,
  starting: '启动中',
};

export type Texts = typeof zh;

const en: Texts = {
  title: 'Evaluation hall',
  subtitle: 'One press, from the evaluator to the provincial system',
  demoNote:
    'Demo: the windows and the provincial system are simulated; the evaluators run the real firmware, the gateway is the real program.',
  otherLanguage: '中文',
  thanked: 'Evaluators thanked',
  committed: 'Gateway committed',
  forwarded: 'Province received',
  atEvaluators: 'to gateway',
  atGateway: 'to province',
  backlog: 'Backlog',
  backlogNote: 'Not yet at the province, last 60 s',
  pressesUnit: 'presses',
  servicesReceived: 'case evaluations',
  applicants: 'Applicants press by themselves',
  applicantsHelp: 'Off: the keys are yours',
  province: 'Province link',
  network: 'Network',
  on: 'on',
  off: 'cut',
  yes: 'on',
  no: 'off',
  gatewayDown: 'The gateway has stopped and is being restarted…',
  connectionLost: 'The connection to the demo is lost; trying again…',
  closing: 'No more cards; the backlog is being delivered…',
  windows: 'Service windows',
  staff: 'Staff',
  queue: '{n} in the queue',
  noCase: 'Waiting for the next applicant',
  batch: '{n} cases (batch)',
  unsent: 'Unsent in flash',
  keyboardHint: 'Keys 1–5',
  keyLabel: '{window}, key {level}: {name}',
  screenLabel: '{window}, evaluator screen: {state}',
  evaluatorLabel: 'Evaluator of {window}. Number keys 1 to 5 press',
  records: 'Gateway records',
  recordsEmpty: 'No evaluation yet. Press a key of any evaluator.',
  received: 'Received by the province',
  receivedEmpty: 'The province has received nothing yet.',
  waiting: 'waiting',
  delivered: 'delivered',
  refused: 'refused',
  byDefault: 'by default',
  engine: 'Firmware runs on',
  levels: {
    5: 'Very satisfied',
    4: 'Satisfied',
    3: 'Fairly satisfied',
    2: 'Dissatisfied',
    1: 'Very dissatisfied',
  },
  screens: {
    unprovisioned: 'Not provisioned',
    idle: 'Idle',
    card: 'Please evaluate',
    chosen: 'Chosen, may change',
    thanks: 'Thank you',
    paused: 'Paused',
    full: 'Memory full',
    fault: 'Fault',
    'offline-idle': 'Offline',
  },
  links: {
    'no-link': 'No network',
    'no-gateway': 'No gateway',
    refused: 'Refused by gateway',
    connecting: 'Connecting',
    online: 'Online',
  },
  starting: 'Starting',
};

const languages: Record<Language, Texts> = { zh, en };
const STORAGE_KEY = 'pingjia-demo-language';

export function savedLanguage(): Language {
  return localStorage.getItem(STORAGE_KEY) === 'en' ? 'en' : 'zh';
}

export function chooseLanguage(language: Language): Texts {
  localStorage.setItem(STORAGE_KEY, language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = languages[language].title;
  return languages[language];
}

export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
