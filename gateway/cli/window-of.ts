// The window a person means: its id in the configuration, in capitals too, as it stands on the counter.
import type { GatewayConfig } from '../config/load.ts';
import { CliFailure, EXIT_USAGE } from './world.ts';

export function windowOf(config: Pick<GatewayConfig, 'windows'>, given: string): string {
  const found = config.windows.find(({ id }) => id === given.toLowerCase());
  if (found) return found.id;
  const ids = config.windows.map(({ id }) => id).join(', ') || 'none';
  throw new CliFailure(
    [`The configuration has no window "${given}"; it has ${ids}. Use one of them, or add it under windows.`],
    EXIT_USAGE,
  );
}
