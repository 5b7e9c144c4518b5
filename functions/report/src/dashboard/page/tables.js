// Tables: those of the board, and the one behind each chart. They hold every value that a chart shows.

/** Rows that stand at first, and that each press of the button adds. */
const PAGE = 25;

/** Columns and rows of a chart as a table. A cell is `{ text, value, measure }`; only a measure's is aligned right. */
function tabulated(view) {
  const { chart, tab } = view;
  const heads = [chart.x.title, ...(chart.x.details ?? []).map((detail) => detail.title)];
  const word = (text) => ({ text, value: text });
  const cell = (value, measure) => ({
    text: written(value, measure),
    // What is withheld is sorted below nobody.
    value: value === null ? -1 : (value ?? 0),
    withheld: value === null,
    measure,
  });
  const columns = chart.series
    ? view.series.map(({ name, place }) => [name, (point) => cell(point.parts[place]?.[chart.y], tab.measures[chart.y])])
    : tab.measures.map((measure, place) => [measure.name, (point) => cell(point.values?.[place], measure)]);
  const row = (point) => [
    { text: point.name, value: point.key },
    ...point.details.map(word),
    ...columns.map(([, value]) => value(point)),
  ];
  return { heads: [...heads, ...columns.map(([name]) => name)], words: heads.length, rows: view.points.map(row) };
}

/** A table that is sorted by its heads, searched where it is long, and grows when asked. */
class Table {
  constructor(caption) {
    this.sorting = null;
    this.wanted = "";
    this.shown = PAGE;
    this.caption = element("caption", { class: "sr" }, caption);
    this.head = element("thead", {});
    this.body = element("tbody", {});
    this.more = button({ class: "button" }, "", () => this.grow());
    this.count = element("span", { class: "soft" });
    this.search = element("input", { type: "search", autocomplete: "off" });
    this.search.oninput = () => this.find();
    this.finder = element("label", { class: "finder" }, element("span", { class: "sr" }), this.search);
    const table = element("table", {}, this.caption, this.head, this.body);
    const scroll = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, table);
    const foot = element("p", { class: "foot" }, this.count, this.more);
    this.node = element("div", { class: "table" }, this.finder, scroll, foot);
  }

  /** Takes other rows; what is sorted, searched and opened stays. `first` is the column to sort by at first, if any. */
  show({ heads, words, rows }, first) {
    Object.assign(this, { heads, words, rows });
    this.sorting ??= first === undefined ? null : { column: first, down: true };
    this.finder.hidden = rows.length <= PAGE && this.wanted === "";
    this.search.placeholder = `Find ${/^[aeiou]/i.test(heads[0]) ? "an" : "a"} ${lower(heads[0])}`;
    this.finder.firstChild.textContent = this.search.placeholder;
    this.fill();
  }

  grow() {
    this.shown += 4 * PAGE;
    this.fill();
  }

  find() {
    this.wanted = this.search.value.trim().toLocaleLowerCase("en");
    this.shown = PAGE;
    this.fill();
  }

  sort(column) {
    const words = column < this.words;
    this.sorting = this.sorting?.column === column ? { column, down: !this.sorting.down } : { column, down: !words };
    this.fill();
    this.head.querySelectorAll("button")[column].focus();
  }

  fill() {
    // Paper does not say what was searched for.
    const wanted = isOnPaper() ? "" : this.wanted;
    const has = ({ text }) => text.toLocaleLowerCase("en").includes(wanted);
    const found = this.rows.filter((row) => row.slice(0, this.words).some(has));
    const rows = this.sorting ? found.toSorted((a, b) => this.order(a, b)) : found;
    this.head.replaceChildren(element("tr", {}, ...this.heads.map((head, column) => this.headCell(head, column))));
    const most = Math.max(...this.rows.map((row) => row[this.words]?.value ?? 0));
    this.body.replaceChildren(...rows.slice(0, this.shown).map((row) => this.row(row, most)));
    const shown = Math.min(this.shown, rows.length);
    this.count.textContent = rows.length ? `${WHOLE.format(shown)} of ${WHOLE.format(rows.length)}` : "None found";
    this.more.textContent = `Show ${WHOLE.format(Math.min(4 * PAGE, rows.length - shown))} more`;
    this.more.hidden = shown === rows.length;
    this.count.parentElement.hidden = this.more.hidden && this.wanted === "" && this.shown === PAGE;
  }

  order(a, b) {
    const { column, down } = this.sorting;
    const last = (LAST.get(a[0].text) ?? 0) - (LAST.get(b[0].text) ?? 0);
    const [one, other] = [a[column].value, b[column].value];
    const order = column < this.words ? one.localeCompare(other, "en", { numeric: true }) : one - other;
    return last || (down ? -order : order);
  }

  headCell(head, column) {
    const sorted = this.sorting?.column === column;
    const [arrow, order] = this.sorting?.down ? ["↓", "descending"] : ["↑", "ascending"];
    const sorter = button({}, head, () => this.sort(column));
    sorter.append(element("i", { "aria-hidden": "true" }, sorted ? arrow : ""));
    return element("th", { scope: "col", class: this.kind(column), ...(sorted && { "aria-sort": order }) }, sorter);
  }

  kind(column) {
    return column === 0 ? "name" : column < this.words ? "detail" : "number";
  }

  row(row, most) {
    const cells = row.map(({ text, value, measure, withheld }, column) => {
      if (column === 0) {
        const beneath = row.slice(1, this.words).map((detail) => detail.text).join(" · ");
        const small = element("small", { "aria-hidden": "true" }, beneath);
        return element("th", { scope: "row", class: "name" }, text, small);
      }
      if (withheld) return element("td", { class: "number withheld" }, text, element("span", { class: "sr" }, "none, or withheld"));
      const cell = element("td", { class: this.kind(column) }, text);
      if (column === this.words && measure.unit !== "share" && most > 0) {
        cell.classList.add("bar");
        cell.style.setProperty("--part", value / most);
      }
      return cell;
    });
    return element("tr", {}, ...cells);
  }
}
