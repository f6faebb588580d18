// The part that starting needs and running does not: the settings, where the journal stands, what is known then. It
// is one of the files without which a slot is not whole.
import { knownAtBoot, lastEvaluated } from '../core/known-at-boot.ts';
import { mountJournal } from '../flash/journal-mount.ts';
import { readSettings } from '../settings.ts';

export default { readSettings, mountJournal, knownAtBoot, lastEvaluated };
