/** Something that happens once, and a promise of it for whoever asks before that. */

/** What has happened already. */
export const passed: Promise<void> = Promise.resolve();

export class Moment {
  readonly promise: Promise<void>;
  #come: () => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => (this.#come = resolve));
  }

  come(): void {
    this.#come();
  }
}
