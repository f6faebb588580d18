// The simulated hall: its name, its windows and who serves at them, in turns. Window and device ids are the
// wire's (`[a-z0-9-]`); labels and names are what people read, rare characters among them.

export interface StaffMember {
  badgeId: string;
  name: string;
}

export interface HallWindow {
  id: string;
  label: string;
  device: string;
  staff: readonly StaffMember[];
}

export const HALL = { id: 'qinghekou', name: '清河口政务大厅' } as const;

export const WINDOWS_LIMIT = 8;

const names = [
  ['李䶮', '陈雨桐'],
  ['王𬭎', '赵敏'],
  ['周㛃', '欧阳文博'],
  ['阿依努尔·买买提', '孙立'],
  ['刘洋', '何静怡'],
  ['马春梅', '郑凯'],
  ['张伟', '林晓蕾'],
  ['高宇航', '罗芳'],
] as const satisfies readonly (readonly string[])[];

const areas = ['综合', '不动产', '社保', '公安', '税务', '企业开办', '工程', '出证'];

export function hallWindows(count: number): HallWindow[] {
  return names.slice(0, Math.min(count, WINDOWS_LIMIT)).map((staff, index) => {
    const number = String(index + 1).padStart(2, '0');
    return {
      id: `a${number}`,
      label: `A${number} ${areas[index]}`,
      device: `pj-a${number}`,
      staff: staff.map((name, turn) => ({ badgeId: `QHK${number}${turn + 1}`, name })),
    };
  });
}
