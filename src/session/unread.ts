/**
 * What happens to a result that nobody has read yet: the state table of rules S1-S10, and nothing else. Pure.
 *
 * The socket is paused in the state `paused` only, so whatever needs the connection has to lead out of it:
 * nothing ever waits on a paused socket.
 */

export type ResultState =
  /** Not sent yet. */
  | 'waiting'
  /** Rows go to the sink, which may say that it is full. */
  | 'flowing'
  /** The sink is full, nobody else needs the connection: the socket is paused. */
  | 'paused'
  /** Somebody else needs the connection: rows go to the sink whether it is full or not. */
  | 'spooling'
  /** A result that never pauses (script, executeMany, pipelined, query). */
  | 'collecting'
  /** Rows are thrown away. */
  | 'draining'
  /** Rows are thrown away, and the server was asked to stop. */
  | 'cancelling'
  /** ReadyForQuery came, or the connection is gone. */
  | 'over';

export type ResultEvent =
  /** It was sent; it may pause. */
  | 'start'
  /** It was sent; it never pauses. */
  | 'collect'
  /** The sink took rows and has no room for more. */
  | 'full'
  /** The sink has room again. */
  | 'room'
  /** Another call waits for the connection. */
  | 'needed'
  /** More than maxResultBytes are held. */
  | 'overflow'
  | 'drain'
  | 'cancel'
  | 'over';

export type ResultAction =
  | 'pause'
  | 'resume'
  /** Ask the server to stop. */
  | 'ask'
  /** The calls that wait are rejected; this result stays readable. */
  | 'refuse-waiting'
  /** This result is given up, with an error that says how large it was. */
  | 'give-up';

type Row = Partial<Record<ResultEvent, readonly [ResultState, ...ResultAction[]]>>;

/** An event that a state does not list changes nothing. */
export const resultTable: Readonly<Record<ResultState, Row>> = {
  waiting: { start: ['flowing'], collect: ['collecting'], drain: ['over'], cancel: ['over'], over: ['over'] },
  flowing: {
    full: ['paused', 'pause'],
    needed: ['spooling'],
    drain: ['draining'],
    cancel: ['cancelling', 'ask'],
    over: ['over'],
  },
  paused: {
    room: ['flowing', 'resume'],
    needed: ['spooling', 'resume'],
    drain: ['draining', 'resume'],
    cancel: ['cancelling', 'resume', 'ask'],
    // The end came in one piece with the rows that filled the sink: the next answer has to be read.
    over: ['over', 'resume'],
  },
  spooling: {
    overflow: ['paused', 'pause', 'refuse-waiting'],
    drain: ['draining'],
    cancel: ['cancelling', 'ask'],
    over: ['over'],
  },
  collecting: {
    overflow: ['draining', 'give-up'],
    drain: ['draining'],
    cancel: ['cancelling', 'ask'],
    over: ['over'],
  },
  draining: { cancel: ['cancelling', 'ask'], over: ['over'] },
  cancelling: { over: ['over'] },
  over: {},
};

/** What an event makes of a state. */
export interface Transition {
  readonly state: ResultState;
  readonly actions: readonly ResultAction[];
}

/** Made once: each statement goes through the table twice. */
const transitions = new Map(
  Object.entries(resultTable).map(([state, row]) => {
    const known = new Map<string, Transition>();
    for (const [event, [next, ...actions]] of Object.entries(row)) known.set(event, { state: next, actions });
    const same: Transition = { state: state as ResultState, actions: [] };
    return [state, { known, same }];
  }),
);

export function nextState(state: ResultState, event: ResultEvent): Transition {
  const { known, same } = transitions.get(state)!;
  return known.get(event) ?? same;
}
