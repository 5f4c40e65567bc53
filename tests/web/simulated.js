// Time that passes only when a test says so.

export class SimulatedTimers {
  #now = 1_700_000_000_000;
  #planned = [];
  #count = 0;

  now = () => this.#now;

  /** What somebody added to the time of day. */
  wallSetBy = 0;

  wall = () => this.#now + this.wallSetBy;

  after = (ms, act) => {
    const entry = { at: this.#now + Math.max(0, ms), order: this.#count++, act };
    this.#planned.push(entry);
    return () => {
      this.#planned = this.#planned.filter((other) => other !== entry);
    };
  };

  /** Lets `ms` pass; everything that is due on the way happens at its time, and promises settle in between. */
  async pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const due = this.#planned.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) break;
      this.#planned = this.#planned.filter((entry) => entry !== due);
      this.#now = Math.max(this.#now, due.at);
      due.act();
    }
    this.#now = end;
    await settled();
  }

  /** How many things are still planned. */
  get planned() {
    return this.#planned.length;
  }
}

/** All promises that can settle without time passing have settled. */
export const settled = () => new Promise((done) => setImmediate(done));

/** A shelf for a depot that outlives the page, and can be out of room or broken. */
export class SimulatedShelf {
  things = new Map();
  full = false;
  broken = false;

  list = async () => {
    await null;
    if (this.broken) throw new DOMException('connection lost', 'UnknownError');
    return [...this.things.values()].map(({ entry }) => entry);
  };
  put = async (entry, data) => {
    await null;
    if (this.full) throw new DOMException('no room', 'QuotaExceededError');
    this.things.set(`${entry.group}/${entry.number}`, { entry, data });
  };
  read = async (group, number) => this.things.get(`${group}/${number}`)?.data ?? null;
  remove = async (group, number) => void this.things.delete(`${group}/${number}`);
}
