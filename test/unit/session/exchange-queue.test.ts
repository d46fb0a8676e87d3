import { describe, expect, it } from 'vitest';
import type { Channel, Conversation } from '../../../src/session/conversation.js';
import { Exchange, type ExchangeHost } from '../../../src/session/exchange.js';
import { Deadlines } from '../../../src/session/deadlines.js';
import { ExchangeQueue } from '../../../src/session/exchange-queue.js';

const host: ExchangeHost = {
  maxResultBytes: 1000,
  deadlines: new Deadlines(() => []),
  patience: 1,
  pause: () => undefined,
  resume: () => undefined,
  ask: () => undefined,
  bound: () => undefined,
  refuseWaiting: () => undefined,
  dropped: () => undefined,
};

function exchange(of: { pipelined?: boolean; lastBlockSent?: boolean } = {}): Exchange {
  const conversation: Conversation = {
    name: 'a test',
    pausable: false,
    lastBlockSent: of.lastBlockSent ?? true,
    began: false,
    pipelined: of.pipelined ?? false,
    held: 0,
    described: false,
    start: () => undefined,
    message: () => undefined,
    rows: () => true,
    failed: () => undefined,
    ready: () => true,
    finish: () => undefined,
  };
  return new Exchange(conversation, host, {});
}

const channel = {} as Channel;

function send(queue: ExchangeQueue): Exchange | undefined {
  const next = queue.takeNext(channel);
  if (next === undefined) return undefined;
  queue.push(next);
  next.started('I', false);
  return next;
}

describe('the queue of exchanges', () => {
  it('sends one at a time, in the order in which they came', () => {
    const queue = new ExchangeQueue();
    const [first, second] = [exchange(), exchange()];
    queue.add(first);
    queue.add(second);
    expect(send(queue)).toBe(first);
    expect(send(queue)).toBeUndefined();
    expect(queue.head).toBe(first);
    queue.shift();
    expect(queue.head).toBeUndefined();
    expect(send(queue)).toBe(second);
    queue.shift();
    expect(queue.empty).toBe(true);
  });

  it('sends statements of a pipeline behind each other, up to 256', () => {
    const queue = new ExchangeQueue();
    for (let count = 0; count < 300; count++) queue.add(exchange({ pipelined: true }));
    while (send(queue) !== undefined);
    expect(queue.sent).toHaveLength(256);
    queue.shift();
    expect(send(queue)).toBeDefined();
    expect(send(queue)).toBeUndefined();
  });

  it.each([
    ['one that is no part of a pipeline', {}, { pipelined: true }],
    ['one that has a further block to send', { pipelined: true, lastBlockSent: false }, { pipelined: true }],
    ['a pipeline, when it is no part of one', { pipelined: true }, {}],
  ])('sends nothing behind %s', (_, first, second) => {
    const queue = new ExchangeQueue();
    queue.add(exchange(first));
    queue.add(exchange(second));
    expect(send(queue)).toBeDefined();
    expect(send(queue)).toBeUndefined();
  });

  it('sends nothing behind a statement of a pipeline that was given up', () => {
    const queue = new ExchangeQueue();
    for (let count = 0; count < 3; count++) queue.add(exchange({ pipelined: true }));
    send(queue);
    send(queue);
    queue.hold();
    expect(send(queue)).toBeUndefined();
    queue.shift();
    expect(send(queue)).toBeUndefined();
    queue.shift();
    expect(send(queue)).toBeDefined();
  });

  it('lets one go that was taken back, and what belongs to the last answer go first', () => {
    const queue = new ExchangeQueue();
    const [first, second, third] = [exchange(), exchange(), exchange()];
    queue.add(first);
    queue.add(second);
    queue.addNext(third);
    queue.drop(first);
    expect(queue.crowded).toBe(true);
    expect(queue.takeWaiting()).toEqual([third, second]);
    expect(queue.empty).toBe(true);
  });
});
