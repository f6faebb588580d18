// Every text an evaluator has of its own, in Chinese and English, with its size in pixels. Names are those of
// device/assets/catalog.ts. What comes from the gateway (matter, staff, hall) is not here.

export interface DeviceText {
  chinese: string;
  english: string;
  emPx: number;
  /** Where it stands beside another one; else as wide as the screen's margins allow. */
  limitPx?: number;
}

const line = (chinese: string, english: string): DeviceText => ({ chinese, english, emPx: 24 });
const narrow = (limitPx: number, text: DeviceText): DeviceText => ({ ...text, limitPx });
/** Of the link, before its code or the warning of the journal. */
const status = (chinese: string, english: string): DeviceText =>
  narrow(STATUS_LIMIT_PX, line(chinese, english));
const title = (chinese: string, english: string): DeviceText => ({ chinese, english, emPx: 44 });

const STATUS_LIMIT_PX = 160;
/** Four digits stand behind it. */
const SETUP_LIMIT_PX = 240;
/** What the widest name of a level leaves of the screen's width. */
const REASONS_LIMIT_PX = 160;

export const DEVICE_TEXTS = {
  TEXT_PROMPT: line('请您评价本次服务', 'Please rate us'),
  TEXT_CHANGE: line('3 秒内可更改', 'Change within 3 s'),
  TEXT_THANKS: title('谢谢您的评价', 'Thank you'),
  TEXT_KEPT: line('您的评价已保存', 'Your rating is saved'),
  TEXT_PAUSED: title('暂停服务', 'Paused'),
  TEXT_WAIT: line('请稍候或到其他窗口', 'Wait or use another window'),
  TEXT_FULL: title('存储已满', 'Storage full'),
  TEXT_TELL_STAFF: line('暂不能评价，请告知工作人员', 'Please tell the staff'),
  TEXT_FAULT: title('设备故障', 'Out of order'),
  TEXT_FAULT_FLASH: line('评价无法保存，请告知工作人员', 'Cannot save: tell the staff'),
  TEXT_FAULT_START: line('程序启动失败，请告知工作人员', 'Cannot start: tell the staff'),
  TEXT_UNPROVISIONED: title('尚未启用', 'Not set up'),
  TEXT_PROVISION: line('请用管理工具配置本机', 'Provision this device'),
  TEXT_ONLINE: line('在线', 'Online'),
  TEXT_OFFLINE: line(' 离线 ', ' Offline '),
  TEXT_NO_LINK: status('无线网络未连接', 'No Wi-Fi'),
  TEXT_NO_GATEWAY: status('网关无应答', 'No gateway'),
  TEXT_REFUSED: status('网关拒绝连接', 'Refused'),
  TEXT_CONNECTING: status('正在连接', 'Connecting'),
  TEXT_STILL_TAKEN: line('断网期间评价照常保存', 'Ratings are still taken'),
  TEXT_NEARLY_FULL: line('存储将满', 'Storage low'),
  TEXT_NOBODY: line('窗口暂无工作人员', 'Nobody at this window'),
  TEXT_TITLE: line('政务服务评价器', 'Service evaluator'),
  TEXT_CODE: line('代码', 'Code'),
  TEXT_REASONS: narrow(REASONS_LIMIT_PX, line('请选原因(可不选)', 'Why? (optional)')),
  TEXT_NO_WIFI: status('找不到无线网络', 'Wi-Fi not found'),
  TEXT_WIFI_PASSWORD: status('无线密码错误', 'Password wrong'),
  TEXT_NO_CLOCK: line('时间未校准', 'Clock not set'),
  TEXT_SETUP_JOIN: narrow(SETUP_LIMIT_PX, line('请连接 pingjia-', 'Join pingjia-')),
  TEXT_SETUP_OPEN: line('密码见下，打开 192.168.4.1', 'Password below, 192.168.4.1'),
  TEXT_WINDOW_SERVICE: { chinese: '对本窗口的服务', english: 'Service at this window', emPx: 28 },
} satisfies Record<string, DeviceText>;

/** Level 5 first; at most two lines of three characters each. */
export const OPTION_LABELS: { chinese: string[]; english: string[] }[] = [
  { chinese: ['非常', '满意'], english: ['Very', 'good'] },
  { chinese: ['满意'], english: ['Good'] },
  { chinese: ['基本', '满意'], english: ['Fair'] },
  { chinese: ['不满意'], english: ['Poor'] },
  { chinese: ['非常', '不满意'], english: ['Very', 'poor'] },
];

/** Level 5 first; a blank at either end is the margin of a filled field. */
export const LEVEL_NAMES: DeviceText[] = [
  line(' 非常满意 ', ' Very good '),
  line(' 满意 ', ' Good '),
  line(' 基本满意 ', ' Fair '),
  line(' 不满意 ', ' Poor '),
  line(' 非常不满意 ', ' Very poor '),
];

/** Sunday first. */
export const WEEKDAYS: DeviceText[] = [
  line('星期日', 'Sun'),
  line('星期一', 'Mon'),
  line('星期二', 'Tue'),
  line('星期三', 'Wed'),
  line('星期四', 'Thu'),
  line('星期五', 'Fri'),
  line('星期六', 'Sat'),
];
