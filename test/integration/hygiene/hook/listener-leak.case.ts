import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';

it('adds one listener after the other', () => {
  const emitter = new EventEmitter();
  for (let count = 0; count < 11; count++) emitter.on('event', () => undefined);
  expect(emitter.listenerCount('event')).toBe(11);
});
