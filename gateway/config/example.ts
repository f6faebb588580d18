// The configuration file that `pingjia init` writes and `pingjia config example` prints; pingjia.example.yaml is
// this text too. A test loads it.
import { stringify } from 'yaml';

export interface ExampleOptions {
  hall: { id: string; name: string };
  dataFolder: string;
  masterKeyFile: string;
  windows: { id: string; label: string }[];
}

export const EXAMPLE: ExampleOptions = {
  hall: { id: 'songhua', name: '松花江市政务服务中心' },
  dataFolder: './data',
  masterKeyFile: './secrets/master.key',
  windows: [
    { id: 'a01', label: 'A01 综合' },
    { id: 'a02', label: 'A02 不动产' },
    { id: 'a03', label: 'A03 社保' },
  ],
};

export function exampleConfig({ hall, dataFolder, masterKeyFile, windows }: ExampleOptions): string {
  const window = windows.map(({ id, label }) => `  - { id: ${id}, label: ${plain(label)} }`).join('\n');
  return `# Settings of the gateway of one hall. Check with: pingjia config check --config <this file>
# Every setting, its default and its environment override: gateway/README.md. Paths are relative to this file.
hall:
  id: ${hall.id}
  name: ${plain(hall.name)}

# The database. Back it up apart from the master key.
dataFolder: ${plain(dataFolder)}
masterKeyFile: ${plain(masterKeyFile)}

# Evaluators connect here: MQTT over TCP, and the UDP probe on the same port number.
broker:
  host: 0.0.0.0
  port: 1883

# Window systems connect here. \`pingjia key new --name <system>\` prints a line to put below apiKeys, in the place of [].
# 0.0.0.0 where they run on other machines.
http:
  host: 127.0.0.1
  port: 8080
  apiKeys: []

windows:
${window}

# Ways to the provincial system, as many as needed, each by itself. Without any, records wait in the outbox.
# upstream:
#   - id: province
#     kind: http
#     profile: national
#     url: https://province.example/haochaping
#     appMark: songhua-hall
#     appWordFile: ./secrets/app-word

log:
  level: info
`;
}

const plain = (text: string) => stringify(text).trimEnd();
