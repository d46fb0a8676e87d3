/** current_setting('…') and set_config('…', …), which are SHOW and SET as functions (AWS manual, SET_CONFIG). */
import { refuse } from './answer.js';
import type { Edits } from './edits.js';
import type { Piece } from './pieces.js';
import type { Refusal } from './plan.js';
import { literalValue, lowerAscii, sqlLiteral } from './reader.js';
import { engineSetting, settings } from './setting-names.js';

/** Writes the names that the settings have on the engine, where they are literals. */
export function rewriteSettingCalls(pieces: readonly Piece[], edits: Edits): Refusal | undefined {
  for (const [index, piece] of pieces.entries()) {
    if (piece.word !== 'CURRENT_SETTING' && piece.word !== 'SET_CONFIG') continue;
    const literal = pieces[index + 2];
    const written = literal && pieces[index + 1]?.text === '(' ? literalValue(literal) : undefined;
    if (literal === undefined || written === undefined || written.includes('.')) continue;
    const name = lowerAscii(written);
    const setting = settings.get(name);
    if (!setting) {
      return refuse('42704', `unrecognized configuration parameter "${written}"`, literal.start);
    }
    if (setting.readOnly === true && piece.word === 'SET_CONFIG') {
      return refuse('55P02', `parameter "${name}" cannot be changed`, literal.start);
    }
    edits.replace(index + 2, index + 2, sqlLiteral(engineSetting(name)));
  }
  return undefined;
}

/** Whether a statement may change settings on the way. */
export function setsConfig(pieces: readonly Piece[]): boolean {
  return pieces.some((piece) => piece.word === 'SET_CONFIG');
}
