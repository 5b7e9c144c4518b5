// A card: a chart or a table of the board.

/** An element with attributes and children; text is never read as HTML. */
function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A button that does something when pressed. */
function button(attributes, text, press) {
  const node = element("button", { type: "button", ...attributes }, text);
  node.onclick = press;
  return node;
}

/** A title within a sentence; an abbreviation stays as it is. */
const lower = (title) => (/^[A-Z][a-z]/.test(title) ? title[0].toLowerCase() + title.slice(1) : title);
/** A title within an address. */
const slug = (title) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");

/** A chart or a table of the board with its heading, its switch and its notes. */
class Card {
  constructor(tab, chart, wide, asOf) {
    Object.assign(this, { tab, chart, asOf, whole: false, hidden: new Set() });
    this.names = chart.series ? namesOf(chart.series) : [];
    const groups = this.names.filter((name) => !LAST.has(name));
    const small = this.smallest(groups);
    this.coloured = groups.filter((name) => !small.includes(name));
    if (chart.kind !== "share") small.forEach((name) => this.hidden.add(name));
    const id = `${slug(tab.title)}-${slug(chart.title)}`;
    this.title = element("h3", { id }, chart.title);
    const label = `${chart.title} as a table`;
    this.switch = button({ class: "switch", "aria-pressed": "false", "aria-label": label }, "Table", () => this.turn());
    this.legend = element("ul", { class: "legend", "aria-label": chart.series?.title ?? "" });
    this.canvas = element("div", { class: "canvas" });
    this.plot = element("div", { class: "plot", role: "img" }, this.canvas);
    this.table = new Table(chart.title);
    this.empty = element("p", { class: "empty" });
    this.more = button({ class: "button" }, "", () => this.unfold());
    this.note = element("p", { class: "note" });
    const under = element("p", { class: "soft" }, this.subtitle());
    under.hidden = under.textContent.toLowerCase() === chart.title.toLowerCase();
    const tool = chart.kind === "table" ? this.table.finder : this.switch;
    const head = element("header", {}, element("div", {}, this.title, under), tool);
    const parts = [head, this.legend, this.plot, this.table.node, this.empty, this.more, this.note];
    this.node = element("section", { class: wide ? "card wide" : "card", "aria-labelledby": id }, ...parts);
  }

  /** The series beyond as many of the largest as there are colours: grey in a share, and else drawn when asked for. */
  smallest(groups) {
    const totals = new Map(groups.map((name) => [name, 0]));
    const everybody = this.tab.filters.map(() => -1);
    for (const [, place, ...values] of this.chart.series ? chosen(this.chart.cells, everybody) : []) {
      const name = this.names[place];
      totals.set(name, (totals.get(name) ?? 0) + (values[this.chart.y] ?? 0));
    }
    return groups.toSorted((a, b) => totals.get(b) - totals.get(a)).slice(COLOURS);
  }

  subtitle() {
    const { chart, tab } = this;
    if (chart.kind === "table") return tab.measures.map((measure) => measure.name).join(", ");
    const said = `${tab.measures[chart.y].name} by ${lower((chart.series ?? chart.x).title)}`;
    return chart.kind === "share" ? `${said}, of 100%` : said;
  }

  /** Shows all bars, or the longest again. */
  unfold() {
    this.whole = !this.whole;
    this.update(this.choice);
  }

  /** Turns the drawing into its table, or back. */
  turn() {
    const pressed = this.switch.getAttribute("aria-pressed") !== "true";
    this.switch.setAttribute("aria-pressed", pressed);
    this.update(this.choice);
  }

  /** Shows what the filters leave. */
  update(choice) {
    const { chart } = this;
    this.choice = choice;
    const points = read(this.tab, chart, choice, this.asOf);
    const all = chart.kind === "bar" ? longestFirst(points, chart.y) : points;
    const rows = chart.kind === "bar" || chart.kind === "share";
    const folded = rows && !this.whole && all.length > ROWS + 1;
    const inTime = chart.kind === "line" ? all.filter((point) => !LAST.has(point.name)) : all;
    this.points = folded ? all.slice(0, ROWS) : inTime;
    const series = this.names.map((name, place) => ({ name, place, colour: this.coloured.indexOf(name) }));
    this.series = series.filter(({ place }) => all.some((point) => point.parts[place]));
    const lists = all.flatMap((point) => [point.values, ...point.parts]).filter((list) => list !== undefined);
    const known = lists.some((list) => (chart.y === undefined ? list : [list[chart.y]]).some((value) => value !== null));
    const asTable = chart.kind === "table" || this.switch.getAttribute("aria-pressed") === "true";
    const drawn = known && !asTable;
    this.isWithheld = isWithheld(this.tab, chart, choice);
    this.empty.textContent = `Nobody is in this selection${this.isWithheld ? ", or too few to be shown" : ""}.`;
    this.empty.hidden = known;
    this.plot.hidden = !drawn;
    this.table.node.hidden = !known || !asTable;
    this.switch.hidden = !known;
    this.legend.hidden = !drawn || this.series.length === 0;
    this.more.hidden = !drawn || !rows || all.length <= ROWS + 1;
    this.more.textContent = folded ? `Show all ${all.length}` : "Show fewer";
    this.note.textContent = known ? this.remark(all, asTable) : "";
    this.note.hidden = this.note.textContent === "";
    if (!this.table.node.hidden) {
      const first = { table: 1 + (chart.x.details?.length ?? 0), line: 0 }[chart.kind];
      this.table.show(tabulated({ ...this, points: all }), first);
    }
    if (drawn) this.draw();
    else this.erase();
  }

  /** What must be known to read the card. */
  remark(points, asTable) {
    const { chart } = this;
    const withheld = withholds(points, chart.kind === "table" || (asTable && !chart.series) ? undefined : chart.y);
    const drawn = {
      line: "Where a line is broken, there is nobody, or a small group is withheld.",
      share: "Grey is withheld, to protect small groups.",
    };
    const listed = chart.kind === "table" && this.isWithheld && "What is not listed has nobody, or is withheld.";
    const said = (!asTable && drawn[chart.kind]) || "– None, or withheld to protect small groups.";
    const open = points.find((point) => point.open);
    const undated = !asTable && chart.kind === "line" && points.some((point) => LAST.has(point.name));
    return [
      open && `${open.name.replace(SO_FAR, "")} is not over yet.`,
      undated && `What has no ${lower(chart.x.title)} stands in the table only.`,
      withheld && said,
      listed,
    ].filter(Boolean).join(" ");
  }

  draw() {
    this.theme = theme();
    this.plot.style.minHeight = `${height(this)}px`;
    this.keys();
    this.plot.setAttribute("aria-label", this.spoken());
    this.width = this.canvas.clientWidth;
    this.drawing ??= echarts.init(this.canvas, null, { renderer: "svg" });
    this.drawing.resize();
    this.drawing.setOption(DRAWN[this.chart.kind](this), { notMerge: true });
    this.observer ??= new ResizeObserver(() => this.fit());
    this.observer.observe(this.canvas);
  }

  /** Follows the room that the card has. */
  fit() {
    if (!this.drawing || this.canvas.clientWidth === 0) return;
    if (this.canvas.clientWidth !== this.width) this.draw();
    else this.drawing.resize();
  }

  erase() {
    this.observer?.disconnect();
    this.drawing?.dispose();
    this.drawing = undefined;
  }

  /** The series with their colours; where series can be told apart without each other, each can be put away. */
  keys() {
    this.legend.replaceChildren(...this.series.map((series, at) => {
      const { name } = series;
      const swatch = element("i", { "aria-hidden": "true" });
      swatch.style.background = colourOf(series, this.theme);
      if (this.chart.kind === "share") return element("li", {}, swatch, name);
      const key = button({ "aria-pressed": String(!this.hidden.has(name)) }, name, () => {
        if (!this.hidden.delete(name)) this.hidden.add(name);
        this.draw();
        this.legend.children[at].firstChild.focus();
      });
      key.prepend(swatch);
      key.onmouseenter = () => this.drawing.dispatchAction({ type: "highlight", seriesName: name });
      key.onmouseleave = () => this.drawing.dispatchAction({ type: "downplay", seriesName: name });
      return element("li", {}, key);
    }));
  }

  /** The drawing in a sentence, for those who do not see it. */
  spoken() {
    const { chart, tab } = this;
    const measure = tab.measures[chart.y];
    const kinds = { bar: "Bar chart", column: "Column chart", line: "Line chart", share: "Stacked bar chart" };
    const known = this.points.filter((point) => typeof point.values?.[chart.y] === "number");
    const most = known.toSorted((a, b) => b.values[chart.y] - a.values[chart.y])[0];
    const highest = most ? ` Highest: ${most.name}, ${written(most.values[chart.y], measure)}.` : "";
    const drawn = `${kinds[chart.kind]}, ${this.subtitle()}, by ${lower(chart.x.title)}: ${this.points.length} values.`;
    return `${drawn}${highest} The table has them all.`;
  }
}
