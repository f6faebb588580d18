// Refuses every record of some cases, by a rule of its own that nobody was told of, and records none of them.
import type { ProvinceBehaviour } from './behaviour.ts';

export interface RefusingOptions {
  refuses: (record: { path: string; projectNo: string }) => boolean;
  code: string;
  message: string;
}

export function refusing({ refuses, code, message }: RefusingOptions): ProvinceBehaviour {
  return {
    name: 'refusing',
    reply: ({ path, body }, next) => {
      if (!refuses({ path, projectNo: projectNoOf(body) })) return next();
      return {
        do: 'answer',
        status: 200,
        description: 'fail',
        contentType: 'application/json; charset=utf-8',
        body: JSON.stringify({ code, msg: message }),
      };
    },
  };
}

function projectNoOf(body: string): string {
  const { txnBodyCom } = JSON.parse(body) as { txnBodyCom?: { params?: { projectNo?: unknown } } };
  return String(txnBodyCom?.params?.projectNo ?? '');
}
