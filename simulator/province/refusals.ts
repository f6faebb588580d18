// The refusals of the provincial system: code, the sentence it answers with, and where the rule comes from.
// A refusal is an answer (HTTP 200); whatever is not an answer is a failure and tried again by the sender.

export const PROVINCE_REFUSALS = {
  '1001': '未找到对应的办件服务信息',
  '1002': '该办件本次服务已评价，不可重复评价',
  '1003': '不满意、非常不满意评价须填写原因或评价内容',
  '1004': '签名验证失败',
  '1005': '报文字段缺失或格式不正确',
} as const;

export type RefusalCode = keyof typeof PROVINCE_REFUSALS;

export interface Refusal {
  code: RefusalCode;
  message: string;
}

/** `detail` names the field, where there is one. */
export function refusal(code: RefusalCode, detail?: string): Refusal {
  const message = PROVINCE_REFUSALS[code];
  return { code, message: detail ? `${message}:${detail}` : message };
}
