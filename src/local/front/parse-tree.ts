/** The parse tree of a statement, as the engine's debug_print_parse tells it in a notice. */
import type { Dialogue } from './dialogue.js';
import type { Query } from './query-behind.js';

const settings = ['client_min_messages', 'debug_print_parse', 'debug_pretty_print'] as const;
const tellTrees = ['log', 'on', 'off'];

/** @throws Failed when the engine cannot parse it */
export async function parseTreeOf(
  dialogue: Dialogue,
  { sql, parameterOids }: Query,
): Promise<string | undefined> {
  const { engine } = dialogue;
  const usual = engine.aside;
  let tree: string | undefined;
  const before = await dialogue.own(() =>
    engine.ask(`select ${settings.map((name) => `pg_catalog.current_setting('${name}')`).join(', ')}`),
  );
  const set = (values: readonly string[]): Promise<unknown> =>
    dialogue.own(() =>
      engine.ask(
        `select ${settings.map((name, at) => `pg_catalog.set_config('${name}', $${String(at + 1)}, true)`).join(', ')}`,
        values,
      ),
    );
  engine.aside = {
    parameter: usual.parameter,
    notice: (fields) => {
      // Functions that run while it is analysed (a type's modifiers) tell theirs before it, the first time in a session.
      if (fields.get('M') === 'parse tree:') tree = fields.get('D');
    },
  };
  try {
    await set(tellTrees);
    tree = undefined;
    const statement = '\u0001tree';
    dialogue.send(
      { type: 'Parse', statement, sql, parameterOids },
      { type: 'Close', target: 'statement', name: statement },
    );
    await dialogue.expect('CloseComplete');
    const found = tree;
    // Where a Sync follows anyway, it takes the settings back.
    if (dialogue.untouched) await dialogue.own(() => engine.sync());
    else await set(before[0]?.map((value) => value ?? '') ?? []);
    return found;
  } finally {
    engine.aside = usual;
  }
}
