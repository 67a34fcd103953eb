// What the reader chose, kept in the address's fragment, so that every view is a link.

/** What a fragment can say, with its default. */
export const DEFAULTS = {
  at: "",
  doc: "",
  item: "",
  section: "",
  kind: "",
  value: "",
  seen: "",
  a: "",
  b: "",
  by: "",
  differ: "",
  judge: "",
  won: "",
  split: "",
  unscored: "",
  q: "",
  sort: "",
  metric: "",
  subset: "all",
  hide: "",
  order: "",
  marks: "",
};

/** The state that a fragment names; unknown keys are left out. */
export function parsed(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...DEFAULTS };
  for (const key of Object.keys(DEFAULTS)) if (given.has(key)) state[key] = given.get(key);
  return state;
}

/** The fragment of a state: what differs from the defaults. */
export function fragment(state) {
  const said = new URLSearchParams();
  for (const [key, normal] of Object.entries(DEFAULTS)) if (state[key] !== normal) said.set(key, state[key]);
  return `#${said}`;
}

/** The state with its listeners. */
export class State {
  constructor(place, past) {
    this.place = place;
    this.past = past;
    this.now = parsed(place.hash);
    this.listeners = [];
  }

  /** Changes some keys; `step` makes the old state one that the browser's back button returns to. */
  set(changes, step = false) {
    const before = this.now;
    this.now = { ...before, ...changes };
    if (step) this.past.pushState(null, "", fragment(this.now));
    else this.past.replaceState(null, "", fragment(this.now));
    this.tell(before);
  }

  /** Takes over what the address says: the reader followed a link or went back. */
  follow() {
    const before = this.now;
    this.now = parsed(this.place.hash);
    this.tell(before);
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  tell(before) {
    const changed = new Set(Object.keys(DEFAULTS).filter((key) => before[key] !== this.now[key]));
    for (const listener of this.listeners) listener(this.now, changed);
  }
}
