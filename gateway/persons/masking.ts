// Personal data as it may be shown without a reason: enough to recognise an applicant who stands there, too little
// to learn who it is. 张三 → 张*, 230103199001011234 → 2301**********1234, 13812345678 → 138****5678.
import type { Agent, Applicant } from './applicant.ts';

export function maskApplicant(applicant: Applicant): Applicant {
  const { agent, nationalAccount, mobile, kind } = applicant;
  return {
    ...(kind && { kind }),
    ...maskNamed(applicant),
    ...(nationalAccount && { nationalAccount: maskNumber(nationalAccount) }),
    ...(mobile && { mobile: maskMobile(mobile) }),
    ...(agent && { agent: maskNamed(agent) }),
  };
}

function maskNamed({ name, document }: Agent): Agent {
  return {
    ...(name && { name: maskName(name) }),
    ...(document && { document: { type: document.type, number: maskNumber(document.number) } }),
  };
}

/** The first character stays; one that stands alone does not. */
export function maskName(name: string): string {
  const [first, ...rest] = [...name];
  return rest.length === 0 ? '*' : `${first}${'*'.repeat(rest.length)}`;
}

export function maskNumber(number: string): string {
  const characters = [...number];
  // A short number would be guessed from four of its digits at either end.
  const kept = characters.length >= 14 ? 4 : characters.length >= 8 ? 2 : 0;
  return characters
    .map((character, index) => (index < kept || index >= characters.length - kept ? character : '*'))
    .join('');
}

export function maskMobile(mobile: string): string {
  return mobile
    .replace(/^(\+?\d{1,4}[- ]?)?(\d{3})\d{4}(\d{4})$/, '$1$2****$3')
    .replace(/^[^*]*$/, maskNumber);
}
