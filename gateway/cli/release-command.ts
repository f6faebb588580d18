// `pingjia release keygen|sign|show`: makes the keys of whoever publishes firmware, signs what the build left, and
// shows what a release holds. Needs no configuration and no database.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CliFailure, type CliWorld, EXIT_USAGE } from './world.ts';

export const RELEASE_LIMIT_BYTES = 16 * 1024 * 1024;

export function addReleaseCommand(program: Command, world: CliWorld): void {
  const release = program.command('release').description('make keys for firmware, sign and show releases');

  release
    .command('keygen')
    .description('make a pair of keys for signing releases')
    .argument('<file>', 'where to put the private key; must not exist')
    .addHelpText(
      'after',
      `
Prints the public key on standard output: put it into the configuration of every gateway as updates.releaseKey. Keep
the file on a machine that is no gateway: whoever has it makes firmware that every evaluator of these halls takes.

Exit codes: 0 made; 1 the file is there already or cannot be written; 2 wrong usage.
Example:    pingjia release keygen release.pem`,
    )
    .action(async (file: string) => {
      const { makeReleaseKeys } = await import('../updates/release.ts');
      const { privateKeyPem, publicKey } = makeReleaseKeys();
      write(file, privateKeyPem, 'wx');
      chmodSync(file, 0o600);
      world.out(publicKey);
    });

  release
    .command('sign')
    .description('pack what npm run firmware built into one signed file')
    .requiredOption('--key <file>', 'private key made by release keygen')
    .option('--firmware <folder>', 'what npm run firmware left', 'build/firmware')
    .option('--out <file>', 'the release (default: pingjia-<version>.release)')
    .addHelpText(
      'after',
      `
The release holds the image of every board in the folder. Evaluators take it only where its version is newer than
theirs, unless it is forced.

Exit codes: 0 signed; 1 no firmware, no key, or the file cannot be written; 2 wrong usage.
Example:    pingjia release sign --key release.pem --out pingjia-1.2.0.release`,
    )
    .action(async (options: { key: string; firmware: string; out?: string }) => {
      const { signRelease } = await import('../updates/release.ts');
      const { PackFailure, packImages } = await import('../updates/pack-images.ts');
      try {
        const packed = packImages(options.firmware);
        const out = options.out ?? `pingjia-${packed.version}.release`;
        write(out, signRelease(packed, readText(options.key)), 'w');
        world.out(`${out}: ${packed.version} for ${packed.images.map(({ board }) => board).join(', ')}.`);
      } catch (error) {
        if (error instanceof PackFailure) throw new CliFailure([error.message]);
        if (error instanceof CliFailure) throw error;
        throw new CliFailure([
          `${options.key} is no Ed25519 private key. Make one with pingjia release keygen.`,
        ]);
      }
    });

  release
    .command('show')
    .description('verify a release and show what it holds')
    .argument('<file>', 'the release')
    .requiredOption('--public-key <hex>', 'what release keygen printed')
    .addHelpText(
      'after',
      `
Exit codes: 0 the signature matches; 1 it does not, or the file cannot be read; 2 wrong usage.
Example:    pingjia release show pingjia-1.2.0.release --public-key 5f…`,
    )
    .action(async (file: string, { publicKey }: { publicKey: string }) => {
      if (!/^[0-9a-f]{64}$/.test(publicKey))
        throw new CliFailure(['--public-key must be the 64 digits that keygen printed.'], EXIT_USAGE);
      const { version, images } = await openRelease(file, publicKey);
      world.out(`version ${version}, signature matches`);
      for (const { board, data, manifestSha256 } of images)
        world.out(`${board}\t${data.length} bytes\t${manifestSha256}`);
    });
}

/** Reads and verifies; throws a failure with a sentence. */
export async function openRelease(file: string, publicKey: string) {
  const { readRelease } = await import('../updates/release.ts');
  const text = readText(file);
  const result = readRelease(text, publicKey);
  if (result.ok) return { ...result.release, text };
  const why =
    result.code === 'release.signature'
      ? 'its signature does not match the public key. Do not use it'
      : 'it is not a release';
  throw new CliFailure([`${result.code}: ${file} is refused: ${why}.`]);
}

function readText(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length <= RELEASE_LIMIT_BYTES) return text;
  } catch (error) {
    throw new CliFailure([`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`]);
  }
  throw new CliFailure([`${file} is too large to be a release.`]);
}

function write(file: string, text: string, flag: 'w' | 'wx'): void {
  try {
    writeFileSync(file, text, { flag });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliFailure([
      code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written (${code}).`,
    ]);
  }
}
