// The page: tabs, filters, figures and cards. What is chosen stands in the address, so that a link keeps it.

/** A tab's panel, made when it is first looked at. */
class Panel {
  constructor(tab, node, page) {
    Object.assign(this, { tab, node, page, cards: [] });
  }

  build() {
    const { tab } = this;
    this.names = tab.filters.map((filter) => namesOf(filter));
    this.selects = tab.filters.map(({ title }, filter) => {
      const options = this.names[filter].map((name, place) => element("option", { value: place }, name));
      const select = element("select", {}, element("option", { value: -1 }, "All"), ...options);
      select.onchange = () => this.page.choose(title, this.names[filter][select.value]);
      return select;
    });
    this.reset = button({ class: "button" }, "Clear filters", () => {
      this.page.clear(tab);
      this.selects[0].focus();
    });
    const label = ({ title }, place) => element("label", {}, element("span", {}, title), this.selects[place]);
    const labels = tab.filters.map(label);
    this.filters = element("form", { class: "filters", "aria-label": "Filters" }, ...labels, this.reset);
    this.filters.hidden = tab.filters.length === 0;
    this.filters.onsubmit = (event) => event.preventDefault();
    this.chosen = element("p", { class: "chosen" });
    this.figures = element("dl", { class: "figures" });
    this.cards = this.widths().map((wide, place) => new Card(tab, tab.charts[place], wide, this.page.board.as_of));
    const cards = element("div", { class: "cards" }, ...this.cards.map((card) => card.node));
    const title = element("h2", {}, tab.title);
    this.node.replaceChildren(title, this.filters, this.chosen, this.figures, cards);
  }

  /** Which charts take the whole width: lines and tables, and what has nobody beside it. */
  widths() {
    const isWide = (chart) => chart === undefined || chart.kind === "line" || chart.kind === "table";
    let isOpen = false;
    return this.tab.charts.map((chart, place) => {
      const isLonely = !isOpen && isWide(this.tab.charts[place + 1]);
      isOpen = !isWide(chart) && !isOpen;
      return isWide(chart) || isLonely;
    });
  }

  /** The places of the chosen values in this tab's filters; a value that this tab does not have is not chosen in it. */
  choice() {
    const { chosen } = this.page;
    return this.tab.filters.map(({ title }, filter) => this.names[filter].indexOf(chosen.get(title)));
  }

  update() {
    if (!this.selects) this.build();
    const choice = this.choice();
    choice.forEach((place, filter) => { this.selects[filter].value = place; });
    this.filtered = choice.some((place) => place !== -1);
    this.reset.hidden = !this.filtered;
    const chosen = this.tab.filters.filter((_, filter) => choice[filter] !== -1);
    this.chosen.textContent = chosen.map(({ title }) => `${title}: ${this.page.chosen.get(title)}`).join(" · ");
    this.tell(choice);
    this.cards.forEach((card) => card.update(choice));
  }

  tell(choice) {
    const values = figures(this.tab, choice);
    const all = figures(this.tab, choice.map(() => -1));
    this.figures.replaceChildren(...this.tab.measures.map((measure, place) => {
      const value = values[place];
      const said = this.remark(value, all[place], measure);
      const told = element("dd", {}, written(value, measure), element("small", {}, said));
      return element("div", {}, element("dt", {}, measure.name), told);
    }));
  }

  /** What a figure is of all, or why it is not there. */
  remark(value, all, measure) {
    if (value === null) return "None, or withheld to protect a small group";
    if (value === undefined && measure.unit === "share") return "Nobody";
    if (!this.filtered || !all) return "";
    if (measure.unit === "share") return `${written(all, measure)} overall`;
    return `${SHARE.format((value ?? 0) / all)} of ${written(all, measure)}`;
  }

  spoken() {
    const values = figures(this.tab, this.choice());
    return this.tab.measures.map((measure, place) => `${measure.name}: ${written(values[place], measure)}`).join(", ");
  }

  /** Draws again: the colours or the room have changed. */
  redraw() {
    this.cards.forEach((card) => card.drawing && card.draw());
  }
}

class Page {
  constructor(board) {
    this.board = board;
    this.chosen = new Map();
    this.live = document.getElementById("live");
    const list = document.getElementById("tabs");
    const main = document.getElementById("panels");
    this.panels = board.tabs.map((tab) => {
      const id = slug(tab.title);
      const labels = { id: `panel-${id}`, "aria-labelledby": `tab-${id}` };
      const node = element("div", { role: "tabpanel", tabindex: "0", hidden: "", ...labels });
      main.append(node);
      return new Panel(tab, node, this);
    });
    this.tabs = board.tabs.map((tab, place) => {
      const id = slug(tab.title);
      const labels = { id: `tab-${id}`, "aria-controls": `panel-${id}` };
      const node = button({ role: "tab", ...labels }, tab.title, () => this.open(place));
      list.append(node);
      return node;
    });
    list.onkeydown = (event) => this.walk(event);
    this.tellAge();
    setInterval(() => this.tellAge(), 60_000);
    document.getElementById("print").onclick = () => print();
    addEventListener("hashchange", () => this.follow());
    addEventListener("beforeprint", () => this.printing(true));
    addEventListener("afterprint", () => this.printing(false));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.panels[this.at].redraw());
    this.follow();
  }

  /** Takes the tab and the filters from the address. */
  follow() {
    const address = new URLSearchParams(location.hash.slice(1));
    if (address.toString() === this.address) return;
    const wanted = this.board.tabs.findIndex((tab) => slug(tab.title) === address.get("tab"));
    address.delete("tab");
    this.chosen = new Map(address);
    this.open(Math.max(wanted, 0));
  }

  keep() {
    const address = new URLSearchParams([["tab", slug(this.board.tabs[this.at].title)], ...this.chosen]);
    this.address = address.toString();
    if (location.hash.slice(1) !== this.address) location.replace(`#${this.address}`);
  }

  open(place) {
    this.at = place;
    this.tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === place));
      tab.tabIndex = at === place ? 0 : -1;
      this.panels[at].node.hidden = at !== place;
    });
    const list = this.tabs[place].parentElement;
    list.scrollLeft = this.tabs[place].offsetLeft - (list.clientWidth - this.tabs[place].clientWidth) / 2;
    this.panels[place].update();
    this.keep();
  }

  /** Arrows, Home and End go through the tabs. */
  walk(event) {
    const { at, tabs: { length } } = this;
    const keys = { ArrowRight: (at + 1) % length, ArrowLeft: (at + length - 1) % length, Home: 0, End: length - 1 };
    const to = keys[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.open(to);
    this.tabs[to].focus();
  }

  /** Narrows to the value of this name in a filter; to all without one. */
  choose(title, name) {
    if (name === undefined) this.chosen.delete(title);
    else this.chosen.set(title, name);
    this.changed();
  }

  clear(tab) {
    tab.filters.forEach(({ title }) => this.chosen.delete(title));
    this.changed();
  }

  changed() {
    const panel = this.panels[this.at];
    panel.update();
    this.live.textContent = `${panel.chosen.textContent || "Everybody"}. ${panel.spoken()}`;
    this.keep();
  }

  /** Says that the page is out of date once it is, also while it is open. */
  tellAge() {
    const current = Date.now() < Date.parse(this.board.expires_at);
    document.getElementById("expired").hidden = current;
    document.getElementById("fresh").hidden = !current;
  }

  /** On paper all tabs stand one after the other, light, and as wide as the sheet. */
  printing(on) {
    root.classList.toggle("print", on);
    this.panels.forEach((panel, at) => {
      if (on || at === this.at) panel.update();
      else panel.cards.forEach((card) => card.erase());
    });
    // Each card that was filled may have moved those before it.
    if (on) this.panels.forEach((panel) => panel.redraw());
  }
}

/** What the page holds under an id: text, packed. */
async function unpacked(id) {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

async function start() {
  const [library, board] = await Promise.all([unpacked("library"), unpacked("board")]);
  const script = element("script", {});
  script.textContent = library;
  document.head.append(script);
  new Page(JSON.parse(board));
  requestAnimationFrame(() => setTimeout(() => performance.measure("open")));
}

start();
