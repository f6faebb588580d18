// Reads what a run has left: the gateway's SQLite file, the province's store, the people's record. Flash images come
// from the evaluators. Opens everything read-only, after all programs have stopped.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { NO_HANDLE, RECORD_PRESS } from '../../protocol/constants.ts';
import { readChoices } from '../people/press-record.ts';
import { readProvinceStore } from '../province/read-store.ts';
import type { Artefacts, GatewayPress } from './counts.ts';
import type { DemoFolders } from './folders.ts';

const GATEWAY_FILE = 'pingjia.sqlite';

export function readArtefacts(
  folders: DemoFolders,
  flash: Artefacts['flash'],
): Artefacts & { refusedUpstream: number } {
  const province = readProvinceStore(folders.provinceFile);
  return {
    choices: readChoices(folders.peopleFile),
    flash,
    gateway: readGatewayPresses(join(folders.gatewayData, GATEWAY_FILE)),
    province: province.evaluations,
    refusedUpstream: province.refusals.length,
  };
}

interface PressRow {
  id: number;
  device: string;
  seq: number;
  level: number;
  invitation: string;
}

export function readGatewayPresses(file: string): GatewayPress[] {
  if (!existsSync(file)) return [];
  const database = new Database(file, { readonly: true });
  try {
    const presses = database
      .prepare(
        `SELECT p.id, d.id AS device, p.seq, p.level, lower(hex(p.invitation)) AS invitation
         FROM press p JOIN device d ON d.no = p.device_no WHERE p.kind = ? ORDER BY p.id`,
      )
      .all(RECORD_PRESS) as PressRow[];
    const byInvitation = database.prepare(
      `SELECT project_no AS projectNo, CAST(assess_number AS TEXT) AS assessNumber
       FROM invitation_service WHERE lower(hex(invitation)) = ? ORDER BY position`,
    );
    const matched = database.prepare(
      `SELECT project_no AS projectNo, CAST(assess_number AS TEXT) AS assessNumber
       FROM service WHERE effective_press = ?`,
    );
    return presses.map(({ id, device, seq, level, invitation }) => ({
      device,
      seq,
      level,
      services: (invitation === NO_HANDLE
        ? matched.all(id)
        : byInvitation.all(invitation)) as GatewayPress['services'],
    }));
  } finally {
    database.close();
  }
}
