/** What comes for one codec, on its way to the codec: some of it must first be fetched, all of it stays in order. */

/** A message whose turn comes. Exactly one of the two is called. */
export interface Delivery {
  deliver(): void;
  /** In place of deliver(): there is nobody any more for what was fetched. */
  discard(): void;
}

/** Deliveries are made ready side by side and delivered one after the other. */
export class OrderedReceiver {
  #last: Promise<void> | null = null;

  /** Delivers at once where nothing is ahead; one that can't be made ready must say so by its delivery. */
  push(next: Delivery | Promise<Delivery>, isWanted: () => boolean): void {
    const settle = (delivery: Delivery): void => (isWanted() ? delivery.deliver() : delivery.discard());
    const previous = this.#last;
    if (!previous && !(next instanceof Promise)) {
      settle(next);
      return;
    }
    const last = Promise.all([next, previous]).then(([delivery]) => {
      if (this.#last === last) {
        this.#last = null;
      }
      settle(delivery);
    });
    this.#last = last;
  }
}
