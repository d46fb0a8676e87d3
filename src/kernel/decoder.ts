/** Which of the twins decodes: WebAssembly where it can be had and is worth loading, else plain TypeScript. The values are the same. */
import type { ColumnDecoder, Lane, Piece, RowBlock } from './lanes.js';
import { hasKernel } from './module.js';
import { makePlainDecoder } from './plain.js';
import { makeWasmDecoder } from './wasm.js';

/** Loading the kernel takes half a millisecond, in which the plain path has decoded so many bytes even when it is cold. */
const worthLoading = 16 * 1024;

class ChosenDecoder implements ColumnDecoder {
  readonly #lanes: readonly Lane[];
  /** Null: there is no WebAssembly. */
  #wasm: ColumnDecoder | undefined | null;
  #plain: ColumnDecoder | undefined;

  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  decode(block: RowBlock): readonly Piece[] {
    if (this.#wasm === undefined && (hasKernel() || block.end - block.start >= worthLoading)) {
      this.#wasm = makeWasmDecoder(this.#lanes) ?? null;
    }
    return (this.#wasm ?? (this.#plain ??= makePlainDecoder(this.#lanes))).decode(block);
  }
}

/** Makes the decoder of a description; one may be used for many results. */
export function makeColumnDecoder(lanes: readonly Lane[]): ColumnDecoder {
  return new ChosenDecoder(lanes);
}
