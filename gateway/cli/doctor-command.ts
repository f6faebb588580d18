// `pingjia doctor`: looks at configuration, files, disk, clock and network, and says what to do about each finding.
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { addConfigOption, configFile } from './configuration.ts';
import { CliFailure, type CliWorld } from './world.ts';

export function addDoctorCommand(program: Command, world: CliWorld): void {
  addConfigOption(program.command('doctor'))
    .description('check configuration, permissions, disk, clock and network, each finding with its remedy')
    .option('--json', 'print the findings as one JSON array')
    .addHelpText(
      'after',
      `
Run it as the account that runs the gateway, before the first start and whenever something is odd; the gateway may be
running. It writes and syncs a small file in the data folder to time the disk, and removes it. Codes: gateway/README.md.

Exit codes: 0 no fault (there may be warnings and notes); 1 at least one fault; 2 wrong usage.
Example:    pingjia doctor --config /etc/pingjia/pingjia.yaml`,
    )
    .action(async (options: { config?: string; json?: boolean }) => {
      const { findingsOf } = await import('../doctor/checks.ts');
      const { gatherFacts } = await import('../doctor/gather.ts');
      const { realClock } = await import('../real-clock.ts');
      const loaded = loadConfig({ file: configFile(options, world), environment: world.environment });
      const facts = await gatherFacts(loaded, { clock: realClock, asRoot: world.asRoot === true });
      const findings = findingsOf(facts);
      if (options.json) world.out(JSON.stringify(findings));
      else {
        for (const { code, gravity, found, remedy } of findings)
          world.out(`${gravity.padEnd(7)} ${code}: ${found} ${remedy}`);
        const { syncMs } = facts;
        if (syncMs) world.out(`The disk syncs in ${syncMs.median.toFixed(2)} ms (median).`);
        if (findings.length === 0) world.out('Nothing to mend.');
      }
      const faults = findings.filter(({ gravity }) => gravity === 'fault').length;
      if (faults > 0) throw new CliFailure([`${faults} of the findings must be mended.`]);
    });
}
