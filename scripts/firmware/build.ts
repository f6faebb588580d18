// `npm run firmware`: builds and checks the firmware of every board and stores it in build/firmware/<board>/.
// Where ESPRUINO names a real interpreter, boots the Linux image in it and holds its memory to the budget.
import {
  BOARDS,
  BUNDLE_LIMIT_BYTES,
  firmwareFolder,
  MEMORY_LIMIT_BLOCKS,
  PART_LIMIT_BYTES,
  repositoryFolder,
} from './boards.ts';
import { buildImage, partFile, partNames } from './image.ts';
import { storeImage } from './load-image.ts';
import { measureMemory } from './measure-memory.ts';

let failed = false;
for (const board of BOARDS) {
  const result = await buildImage(board);
  if (!result.ok) {
    failed = true;
    console.error([`${board}: refused`, ...result.problems].join('\n  '));
    continue;
  }
  storeImage(result.image, result.manifest);
  const { bytes, files } = result.manifest;
  console.log(
    `${board}: ${bytes} bytes of ${BUNDLE_LIMIT_BYTES}, assets ${files['pj-a.assets']!.bytes} bytes`,
  );
  const parts = partNames(board).map((name) => `${name} ${files[partFile(name)]!.bytes}`);
  console.log(`  parts, of ${PART_LIMIT_BYTES} each: ${parts.join(', ')}`);
  console.log(`  ${firmwareFolder(board).slice(repositoryFolder.length)}`);
  if (board !== 'linux' || !process.env.ESPRUINO) continue;
  const { used, total, unsent } = await measureMemory(process.env.ESPRUINO);
  console.log(
    `  ${used} memory blocks with a card shown and ${unsent} records unsent, of ${MEMORY_LIMIT_BLOCKS} (${total} in the interpreter)`,
  );
  failed ||= used > MEMORY_LIMIT_BLOCKS;
}
process.exitCode = failed ? 1 : 0;
