// Interpreter blocks in use with a card on the screen, booted from Storage as on a board.
import { EspruinoEngine } from '../../simulator/engines/espruino-engine.ts';
import { showCard } from './card-shown.ts';

export async function measureMemory(interpreter: string): Promise<{ used: number; total: number }> {
  const { engine, line, end } = await showCard((options) => new EspruinoEngine({ ...options, interpreter }));
  try {
    const told = line((text) => text.startsWith('PJ1 memory'));
    engine.prompt('memory()');
    const numbers = (await told).split(' ');
    return { used: Number(numbers[2]), total: Number(numbers[3]) };
  } finally {
    await end();
  }
}
