/**
 * Who of a pool is where: each member is connecting, idle or busy, and all of them together are never more than `max`.
 * Every move is one method; a move that cannot be is an error of the pool's own code and throws. It knows no time and no socket.
 */

export type Place = 'connecting' | 'idle' | 'busy';

export class Accounts<Member> {
  readonly max: number;
  readonly #places = new Map<Member, Place>();
  /** From the one that has been idle longest to the one that came last. */
  readonly #idle: Member[] = [];
  #connecting = 0;

  constructor(max: number) {
    this.max = max;
  }

  get total(): number {
    return this.#places.size;
  }

  get connecting(): number {
    return this.#connecting;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get busy(): number {
    return this.#places.size - this.#connecting - this.#idle.length;
  }

  get hasRoom(): boolean {
    return this.total < this.max;
  }

  placeOf(member: Member): Place | undefined {
    return this.#places.get(member);
  }

  /** The idle ones, the one that has been idle longest first; as of now. */
  idleMembers(): readonly Member[] {
    return [...this.#idle];
  }

  members(): readonly Member[] {
    return [...this.#places.keys()];
  }

  get longestIdle(): Member | undefined {
    return this.#idle[0];
  }

  /** The one that lend() would give. */
  get nextIdle(): Member | undefined {
    return this.#idle.at(-1);
  }

  /** A new member begins to connect. */
  open(member: Member): void {
    if (!this.hasRoom) throw new Error('The pool has no room for another connection');
    if (this.#places.has(member)) throw new Error('The connection is in the pool already');
    this.#places.set(member, 'connecting');
    this.#connecting++;
  }

  /** It is connected. */
  opened(member: Member): void {
    this.#leave(member, 'connecting');
    this.#rest(member);
  }

  /** The one that was used last is used next: those that are not needed stay unused, and can go. */
  lend(): Member | undefined {
    const member = this.#idle.pop();
    if (member !== undefined) this.#places.set(member, 'busy');
    return member;
  }

  /** It came back, and can be used again. */
  returned(member: Member): void {
    this.#leave(member, 'busy');
    this.#rest(member);
  }

  /** It is gone, wherever it was. False: it was gone before. */
  remove(member: Member): boolean {
    const place = this.#places.get(member);
    if (place === undefined) return false;
    this.#places.delete(member);
    if (place === 'connecting') this.#connecting--;
    else if (place === 'idle') this.#idle.splice(this.#idle.indexOf(member), 1);
    return true;
  }

  #leave(member: Member, from: Place): void {
    const place = this.#places.get(member);
    if (place !== from) throw new Error(`A connection that should be ${from} is ${place ?? 'gone'}`);
    if (from === 'connecting') this.#connecting--;
  }

  #rest(member: Member): void {
    this.#places.set(member, 'idle');
    this.#idle.push(member);
  }
}
