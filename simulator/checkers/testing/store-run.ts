// A finished run for the tests of checkers and model: the gateway's real store on a real file, evaluators' journals in
// flash written by the firmware's own code, records really signed, and a province that has what it should have. Nothing
// runs by itself; the test says what people do and when.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createIdentityStore } from '../../../device/flash/identity.ts';
import { createJournal } from '../../../device/flash/journal.ts';
import { crc32 } from '../../../device/flash/journal-format.ts';
import { mountJournal } from '../../../device/flash/journal-mount.ts';
import { createMasterKeyFile, loadMasterKeys } from '../../../gateway/fleet/master-key.ts';
import { DATABASE_FILE, openForWriting } from '../../../gateway/store/open-database.ts';
import { openStore } from '../../../gateway/store/store.ts';
import { applierTo } from '../../../gateway/testing/applier.ts';
import { signRecord } from '../../../gateway/testing/device-client.ts';
import { FLAG_CLOCK_SET, FLAG_UNLINKED, type Level, NO_HANDLE } from '../../../protocol/constants.ts';
import { deriveKeys } from '../../../protocol/keys.ts';
import type { Evaluation } from '../../../protocol/messages.ts';
import { LINUX } from '../../espruino/geometry.ts';
import { openProvinceStore } from '../../province/store.ts';
import type {
  DeviceArtefact,
  RunArtefacts,
  ServiceOfCase,
  ThankedPress,
  WorldFact,
} from '../../world/artefacts.ts';
import { createMemoryFlash } from '../../world/memory-flash.ts';

const HALL = 'hall';
const BOOT = 1;
const SETTLE_LIMIT_SERVICES = 10_000;
const THANKS_AFTER_MS = 3020;

export const shanghai = (text: string) => Date.parse(`${text.replace(' ', 'T')}+08:00`);

/** What a fact is, without when it was confirmed. */
type Act = WorldFact extends infer F
  ? F extends WorldFact
    ? Omit<F, 'atMs' | 'gatewayMs' | 'lost'>
    : never
  : never;

export interface StoreRun {
  /** The gateway does it and the window system hears that it did; false when it was refused. */
  act(atMs: number, act: Act): boolean;
  /** Into the journal of the window's evaluator, and thanked for; nothing is sent. */
  press(window: string, press: { level: Level; atMs: number; invitation?: string; badgeId?: string }): number;
  /** All that the evaluator has not sent yet, up to `seq`. */
  deliver(window: string, atMs: number, seq?: number): void;
  /** Defaults what is due, and matches what can be, as the gateway does all the time it runs. */
  sweep(nowMs: number): void;
  /** The sweep and the province have done all they can; everything is closed. */
  finish(nowMs: number): RunArtefacts;
}

interface Evaluator {
  artefact: DeviceArtefact;
  records: Evaluation[];
  sent: number;
  press(record: Evaluation): void;
  acknowledge(seq: number): void;
}

export function makeStoreRun(options: { folder: string; windows: string[]; unlinked?: boolean }): StoreRun {
  const { folder, windows } = options;
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const masterKeyFile = join(folder, 'master.key');
  createMasterKeyFile(masterKeyFile);
  const store = openStore({
    dataFolder,
    chainKey: loadMasterKeys(masterKeyFile).chain,
    openDatabase(at) {
      const database = openForWriting(at);
      database.pragma('synchronous = OFF');
      return database;
    },
  });
  const apply = applierTo(() => store);
  const facts: WorldFact[] = [];
  const thanked: ThankedPress[] = [];
  const evaluators = new Map(windows.map((window) => [window, makeEvaluator(window)]));
  const staffHandles = new Map<string, string>();
  const beganMs = shanghai('2026-01-05 09:00:00');
  for (const [window, { artefact }] of evaluators) {
    const { id, handle, gen } = artefact;
    const sealedKey = Buffer.alloc(60);
    apply('register-device', { id, hall: HALL, window, handle, gen, sealedKey, atMs: beganMs });
    hello(window, beganMs);
  }

  function hello(window: string, atMs: number): void {
    const { artefact, records, sent } = evaluators.get(window)!;
    const next = records.length + 1;
    const journal = { oldest: 1, next, missing: [], acked: sent };
    apply('note-hello', { device: artefact.id, boot: BOOT, uptime: atMs - beganMs, ...journal, atMs });
  }

  function perform(atMs: number, act: Act): boolean {
    const staffOf = (badgeId: string) => ({ badgeId, name: `员工${badgeId}` });
    const isOk = (out: object) => !('ok' in out) || out.ok === true;
    switch (act.kind) {
      case 'case': {
        const { projectNo, taskName } = act;
        const body = { taskCode: '1', taskName, projectName: undefined, areaCode: undefined };
        return isOk(
          apply('put-case', {
            projectNo,
            body: { ...body, deptCode: undefined, acceptedAtMs: undefined },
            atMs,
          }),
        );
      }
      case 'service': {
        const { projectNo, assessNumber, window, servedMs, badgeId } = act;
        const staff = staffOf(badgeId);
        const service = { serviceName: '受理', servedAtMs: servedMs, staff, window };
        return isOk(apply('put-service', { projectNo, assessNumber, ...service, atMs }));
      }
      case 'completion': {
        const { projectNo, completedMs } = act;
        return isOk(apply('complete-case', { projectNo, completedAtMs: completedMs, atMs }));
      }
      case 'withdrawal':
        return isOk(apply('withdraw-case', { projectNo: act.projectNo, atMs }));
      case 'invitation': {
        const { invitation, window, services, termSeconds } = act;
        return isOk(apply('create-invitation', { invitation, window, services, termSeconds, atMs }));
      }
      case 'cancellation':
        return isOk(apply('cancel-invitation', { invitation: act.invitation, atMs }));
      case 'exclusion': {
        const evaluation = idOf(act.device, act.seq);
        return (
          evaluation !== undefined &&
          isOk(apply('exclude-evaluation', { evaluation, by: '主管', reason: '误评', atMs }))
        );
      }
      case 'sign-in': {
        const staff = act.badgeId === null ? null : staffOf(act.badgeId);
        return isOk(apply('put-desk', { window: act.window, staff, paused: act.paused, atMs }));
      }
    }
  }

  function sweep(nowMs: number): void {
    apply('settle-due', { nowMs, limit: SETTLE_LIMIT_SERVICES });
    if (!options.unlinked) return;
    const emptyAtMs = Object.fromEntries(
      [...evaluators].flatMap(([window, { records, sent }]) =>
        records.length === sent ? [[window, nowMs]] : [],
      ),
    );
    apply('match-unlinked', { nowMs, emptyAtMs, afterId: 0, limit: SETTLE_LIMIT_SERVICES });
    apply('settle-due', { nowMs, limit: SETTLE_LIMIT_SERVICES });
  }

  function idOf(device: string, seq: number): number | undefined {
    const database = new Database(join(dataFolder, DATABASE_FILE), { readonly: true });
    const find = database.prepare(
      'SELECT p.id FROM press p JOIN device d ON d.no = p.device_no WHERE d.id = ? AND p.seq = ?',
    );
    const id = find.pluck().get(device, seq) as number | undefined;
    database.close();
    return id;
  }

  function handleOf(badgeId: string): string {
    if (!staffHandles.has(badgeId)) {
      const database = new Database(join(dataFolder, DATABASE_FILE), { readonly: true });
      const find = database.prepare('SELECT lower(hex(handle)) FROM staff WHERE badge_id = ?').pluck();
      staffHandles.set(badgeId, (find.get(badgeId) as string | undefined) ?? NO_HANDLE);
      database.close();
    }
    return staffHandles.get(badgeId)!;
  }

  return {
    act(atMs, act) {
      if (!perform(atMs, act)) return false;
      facts.push({ ...act, atMs, gatewayMs: atMs, lost: false } as WorldFact);
      return true;
    },
    press(window, { level, atMs, invitation = NO_HANDLE, badgeId }) {
      const evaluator = evaluators.get(window)!;
      const { id, handle, key, gen } = evaluator.artefact;
      const identity = { hall: HALL, device: id, handle, key, gen };
      const keys = deriveKeys({ key: Buffer.from(key, 'hex'), deviceHandle: handle, gen });
      const seq = evaluator.records.length + 1;
      const flags = FLAG_CLOCK_SET | (invitation === NO_HANDLE ? FLAG_UNLINKED : 0);
      const staff = badgeId === undefined ? NO_HANDLE : handleOf(badgeId);
      const times = { boot: BOOT, uptime: atMs - beganMs, wall: atMs };
      evaluator.press(signRecord({ identity, keys }, { seq, ...times, level, invitation, staff, flags }));
      const seen = { device: id, seq, level, keys: [level], invitation, pressedMs: atMs };
      thanked.push({ ...seen, thankedMs: atMs + THANKS_AFTER_MS, boot: BOOT });
      return seq;
    },
    deliver(window, atMs, seq = Number.POSITIVE_INFINITY) {
      const evaluator = evaluators.get(window)!;
      for (const record of evaluator.records.slice(evaluator.sent)) {
        if (record.seq > seq) break;
        apply('store-evaluation', { device: evaluator.artefact.id, record, receivedMs: atMs });
        evaluator.sent = record.seq;
        evaluator.acknowledge(record.seq);
      }
      hello(window, atMs);
    },
    sweep,
    finish(nowMs) {
      sweep(nowMs);
      apply('set-connectors', { connectors: [{ id: 'province', kind: 'http' }] });
      store.close();
      const databaseFile = join(dataFolder, DATABASE_FILE);
      const provinceFile = join(folder, 'province.sqlite');
      fillProvince({ databaseFile, provinceFile, nowMs });
      return {
        seed: 0,
        hall: HALL,
        dataFolder,
        databaseFile,
        masterKeyFile,
        provinceFile,
        devices: [...evaluators.values()].map(({ artefact }) => artefact),
        thanked,
        facts,
        faults: [],
        rules: {
          termDays: 5,
          termKind: 'working',
          termStart: 'next-day',
          defaultLevel: 3,
          defaultSendAfterDays: 0,
          calendarOverrides: [],
        },
        unlinkedPresses: options.unlinked ?? false,
        beganMs,
        endedMs: nowMs,
        gatewayEndedMs: nowMs,
        clockOffsets: [],
        restores: [],
        lostDevices: [],
        settled: [...evaluators.values()].every(({ records, sent }) => records.length === sent),
      };
    },
  };
}

function makeEvaluator(window: string): Evaluator {
  const { bytes, offset } = LINUX.journal;
  const flash = createMemoryFlash({ bytes: LINUX.flashBytes, pageBytes: LINUX.pageBytes });
  const identityArea = { address: LINUX.identity.offset, bytes: LINUX.identity.bytes };
  const counters = createIdentityStore({ flash, area: identityArea, crc32 });
  const handle = randomBytes(8);
  const key = randomBytes(32);
  const id = `e-${window}`;
  counters.writeIdentity({ hall: HALL, device: id, gen: 1, handle, key });
  counters.beginBoot();
  const area = { address: offset, bytes };
  const journal = createJournal({ flash, area, crc32, counters, mount: mountJournal });
  const records: Evaluation[] = [];
  return {
    records,
    sent: 0,
    artefact: {
      id,
      window,
      handle: handle.toString('hex'),
      key: key.toString('hex'),
      gen: 1,
      flash: flash.image,
      pageBytes: LINUX.pageBytes,
      journal: LINUX.journal,
      identity: LINUX.identity,
    },
    press(record) {
      const { kind, boot, uptime, wall, level, reasons, flags, gen } = record;
      const added = journal.append({
        ...{ kind, boot, uptimeMs: uptime, wallMs: wall, level: level as Level, reasons, flags, gen },
        invitation: Buffer.from(record.invitation, 'hex'),
        staff: Buffer.from(record.staff, 'hex'),
      });
      if (!added.ok) throw new Error(added.code);
      records.push(record);
    },
    acknowledge: (seq) => void journal.acknowledge(seq),
  };
}

/** As a province would be left by a gateway that works; the way there is not what these tests are about. */
function fillProvince({
  databaseFile,
  provinceFile,
  nowMs,
}: {
  databaseFile: string;
  provinceFile: string;
  nowMs: number;
}) {
  const database = new Database(databaseFile);
  database.exec('UPDATE connector SET up_to = (SELECT coalesce(max(id), 0) FROM outbox)');
  const rows = database
    .prepare(
      `SELECT s.project_no AS projectNo, s.assess_number AS assessNumber, p.level, s.effective_default AS isDefault
       FROM service s LEFT JOIN press p ON p.id = s.effective_press`,
    )
    .all() as (ServiceOfCase & { level: number | null; isDefault: number })[];
  database.close();
  const province = openProvinceStore(provinceFile, { durable: false });
  for (const { projectNo, assessNumber, level, isDefault } of rows) {
    const texts = {
      serviceName: '受理',
      serviceTime: '',
      projectName: '',
      taskCode: '',
      taskName: '',
      proManager: '',
    };
    province.putService({ projectNo, serviceNumber: String(assessNumber), ...texts }, nowMs);
    const counting = level ?? (isDefault ? 3 : undefined);
    if (counting === undefined) continue;
    const said = { channel: '4', level: counting, reasons: '', writing: '', assessTime: '' };
    province.addEvaluation({ projectNo, assessNumber: String(assessNumber), ...said }, nowMs);
  }
  province.close();
}
