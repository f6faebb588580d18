// The matters of the simulated hall: names as real service catalogues word them, with codes of the national
// lengths (department 18, task 31). The long ones and the rare characters are there to try the screens.

export interface Matter {
  taskName: string;
  /** 31 digits: the department's 18, then 13 of the matter. */
  taskCode: string;
  deptCode: string;
  serviceName: string;
}

/** 12 digits: the administrative division of the simulated hall. */
export const AREA_CODE = '230102000000';

const departments = {
  market: '112301020013579246',
  security: '112301020024681357',
  housing: '112301020036925814',
  insurance: '112301020041472583',
  environment: '112301020058147036',
  civil: '112301020063692581',
  tax: '112301020079630741',
  transport: '112301020085207413',
  health: '112301020094710258',
  education: '112301020107531864',
  culture: '112301020118642097',
} as const;

const rows: [keyof typeof departments, string, string, string][] = [
  ['market', '2040131001001', '个体工商户设立登记', '窗口受理'],
  ['market', '2040131002003', '有限责任公司变更登记（住所、经营范围）', '窗口受理'],
  ['market', '2040131019004', '食品经营许可证核发', '现场核验'],
  ['market', '2040131020002', '食品经营许可证延续', '领取证照'],
  ['market', '2040131033007', '特种设备使用登记', '窗口受理'],
  ['security', '2010109011005', '居民身份证补领', '窗口受理'],
  ['security', '2010109024001', '户口迁移审批（夫妻投靠）', '窗口受理'],
  ['security', '2010109030006', '普通护照签发', '窗口受理'],
  ['security', '2010109041002', '公章刻制备案', '窗口受理'],
  ['housing', '2030117007003', '国有建设用地使用权及房屋所有权转移登记', '窗口受理'],
  ['housing', '2030117012001', '抵押权首次登记', '窗口受理'],
  ['housing', '2030117026008', '住房公积金提取（购买自住住房）', '窗口受理'],
  ['housing', '2030117029002', '老旧小区加装电梯联合审查', '窗口受理'],
  ['insurance', '2070114003001', '企业职工基本养老保险关系转移接续', '窗口受理'],
  ['insurance', '2070114016005', '失业保险金申领', '窗口受理'],
  ['insurance', '2070114022004', '基本医疗保险参保人员异地就医备案', '窗口受理'],
  ['insurance', '2070114035009', '社会保障卡补换', '领取证照'],
  [
    'environment',
    '2050116008002',
    '建设项目环境影响评价文件审批（生态影响类和污染影响类的新建、改建、扩建及技术改造项目编制报告书或者报告表的情形）（县级）',
    '专家评审后领取批复',
  ],
  ['environment', '2050116015006', '城镇污水排入排水管网许可', '现场核验'],
  ['civil', '2060111002004', '最低生活保障对象认定', '窗口受理'],
  ['civil', '2060111005001', '地名命名、更名审批（㛃溪路）', '窗口受理'],
  ['civil', '2060111019003', '残疾人两项补贴资格认定', '窗口受理'],
  ['tax', '2080122004002', '增值税专用发票最高开票限额审批', '窗口受理'],
  ['transport', '2090118003005', '道路货物运输经营许可', '窗口受理'],
  ['transport', '2090118011001', '机动车驾驶证期满换证', '领取证照'],
  ['health', '2100123006007', '公共场所卫生许可', '现场核验'],
  ['health', '2100123018002', '生育登记', '窗口受理'],
  ['education', '2110105004001', '教师资格认定', '窗口受理'],
  ['culture', '2120125002003', '营业性演出审批（𬭎声合唱团专场）', '窗口受理'],
];

export const MATTERS: readonly Matter[] = rows.map(([department, item, taskName, serviceName]) => ({
  taskName,
  taskCode: departments[department] + item,
  deptCode: departments[department],
  serviceName,
}));
