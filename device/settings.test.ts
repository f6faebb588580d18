import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const read = (text: string | undefined) => readSettings({ read: () => text });

describe('the settings of an evaluator', () => {
  it('are read as they were written', () => {
    const settings = { gateway: '192.0.2.1', port: 1883, language: 'en', wifi: 'hall', password: 'secret' };
    expect(read(JSON.stringify(settings))).toEqual(settings);
  });

  it('are empty, and starting goes on, when the file is missing, torn or something else', () => {
    for (const text of [undefined, '', '{', 'null', '7', '"text"', '[]']) expect(read(text)).toEqual({});
    const broken = () => {
      throw new Error('flash');
    };
    expect(readSettings({ read: broken })).toEqual({});
  });

  it('leave out what is not of its kind and keep the rest', () => {
    for (const gateway of ['hall.example', '1.2.3', '1.2.3.256', '1.2.3.4.5', '1.2..4', 1])
      expect(read(JSON.stringify({ gateway, wifi: 'hall' }))).toEqual({ wifi: 'hall' });
    for (const port of [0, 65_536, 1.5, '1883', null])
      expect(read(JSON.stringify({ port, gateway: '10.0.0.1' }))).toEqual({ gateway: '10.0.0.1' });
  });
});
