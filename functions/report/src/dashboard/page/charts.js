// What Apache ECharts is asked to draw, by kind of chart. A `view` is a card: a chart with its tab, the points that `read`
// made of it, those of its series that have anybody, and the theme, which is the colours of the page as it stands.

/** Bars beyond these are shown when asked for. */
const ROWS = 12;
/** Colours of series in the style sheet. */
const COLOURS = 8;
/** Pixels of a letter beneath a column, about. */
const LETTER = 6.5;
const SYMBOLS = ["circle", "triangle", "rect", "diamond", "emptyCircle", "emptyTriangle", "emptyRect", "emptyDiamond"];

const root = document.documentElement;
const isOnPaper = () => root.classList.contains("print");

/** The page's colours now, light or dark, as the style sheet has them. */
function theme() {
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"), soft: colour("soft"), line: colour("line"), card: colour("card"), track: colour("track"),
    neutral: colour("neutral"),
    series: Array.from({ length: COLOURS }, (_, place) => colour(`series-${place + 1}`)),
    font: getComputedStyle(document.body).fontFamily,
    calm: matchMedia("(prefers-reduced-motion: reduce)").matches || isOnPaper(),
  };
}

/** The colour of one of the series: grey where it has none of its own. */
function colourOf(series, theme) {
  return theme.series[series.colour] ?? theme.neutral;
}

/** Ink that can be read on a colour such as `#0b766b`. */
function inkOn(colour) {
  const channels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#10191d" : "#ffffff";
}

/** A tooltip: a name and, line by line, what belongs to it. Built of nodes, so that a name is never read as HTML. */
function tip(name, lines) {
  const box = element("div", { class: "tip" }, element("strong", {}, name));
  for (const [label, value, colour] of lines) {
    const line = element("p", {}, label, element("b", {}, value));
    if (colour) line.prepend(element("i", { style: `background: ${colour}` }));
    box.append(line);
  }
  return box;
}

function measuresOf(view, point) {
  return view.tab.measures.map((measure, place) => [measure.name, told(point.values?.[place], measure)]);
}

function partsOf(view, point) {
  const measure = view.tab.measures[view.chart.y];
  const lines = view.series.map((series) => {
    const { name, place } = series;
    const value = point.parts[place]?.[view.chart.y];
    const all = view.chart.kind === "share" && value ? total(view, point) : 0;
    const share = all ? ` · ${SHARE.format(value / all)}` : "";
    return [name, told(value, measure) + share, colourOf(series, view.theme)];
  });
  return lines.filter(([name]) => !view.hidden.has(name));
}

/** A value in a tooltip. */
const told = (value, measure) => (value === null ? "none, or withheld" : written(value, measure));

const describe = (view, point) => tip(point.name, view.chart.series ? partsOf(view, point) : measuresOf(view, point));

/** A point's parts together; 0 where that is not known. */
const total = (view, point) => point.values?.[view.chart.y] ?? 0;

/** What all charts have. */
function base(view) {
  const { theme } = view;
  return {
    animation: !theme.calm,
    animationDuration: 350,
    animationDurationUpdate: 250,
    textStyle: { fontFamily: theme.font, color: theme.soft },
    color: theme.series,
    legend: { show: false, selected: Object.fromEntries([...view.hidden].map((name) => [name, false])) },
    grid: { left: 4, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", confine: true, backgroundColor: theme.card, borderColor: theme.line, padding: 0,
      textStyle: { color: theme.ink, fontSize: 13, fontFamily: theme.font },
      axisPointer: {
        type: view.chart.kind === "line" ? "line" : "shadow",
        lineStyle: { color: theme.soft, type: "dashed" },
        shadowStyle: { color: theme.track, opacity: 0.5 },
      },
      formatter: ([hit]) => describe(view, view.points[hit.dataIndex]),
    },
  };
}

/** An axis of names. */
function names(view, points, more) {
  const { theme } = view;
  return {
    type: "category", data: points.map((point) => point.name), axisTick: { show: false }, axisLine: { show: false },
    axisLabel: { color: theme.soft, fontSize: 12, hideOverlap: true }, ...more,
  };
}

function scale(view) {
  const { theme } = view;
  const measure = view.tab.measures[view.chart.y];
  const isShare = measure.unit === "share";
  return {
    type: "value", splitNumber: isShare ? 5 : 4, minInterval: isShare ? 0.01 : 1,
    max: ({ max }) => (isShare && max > 0.8 ? 1 : null),
    axisLabel: { color: theme.soft, fontSize: 12, formatter: (value) => abbreviated(value, measure) },
    splitLine: { lineStyle: { color: theme.line } },
  };
}

/** Names to the left of bars: whole on a wide plot, shortened on a phone. */
function rowNames(view, points) {
  const width = Math.min(190, Math.round(view.width * 0.34));
  return names(view, points, {
    inverse: true,
    axisLabel: { color: view.theme.ink, fontSize: 13, width, overflow: "truncate", interval: 0 },
  });
}

/** Names beneath columns: all where there are not many, on several lines, or aslant where a word is too long. */
function columnNames(view) {
  const axis = names(view, view.points, { axisLine: { show: true, lineStyle: { color: view.theme.line } } });
  if (view.points.length > 12) return axis;
  const width = Math.floor((view.width - 50) / view.points.length) - 6;
  const longest = Math.max(...view.points.flatMap((point) => point.name.split(" ")).map((word) => word.length));
  const fit = longest * LETTER > width ? { rotate: 40 } : { width, overflow: "break" };
  return { ...axis, axisLabel: { ...axis.axisLabel, hideOverlap: false, interval: 0, ...fit } };
}

/** A bar or column of a value. Its label stands where the chart has labels, and a dash wherever the value is withheld. */
function labelled(view, value, colour) {
  const text = written(value, view.tab.measures[view.chart.y]);
  const label = { formatter: text, ...(value === null && { show: true }) };
  return { value: value ?? 0, itemStyle: { color: colour }, label };
}

/** One for each point. */
function ofPoints(view) {
  const { theme, chart } = view;
  const colour = (point) => (LAST.has(point.name) ? theme.neutral : theme.series[0]);
  return view.points.map((point) => labelled(view, point.values[chart.y], colour(point)));
}

/** One for each point of one of the series. */
function ofSeries(view, series) {
  const colour = colourOf(series, view.theme);
  return view.points.map((point) => labelled(view, point.parts[series.place]?.[view.chart.y], colour));
}

function bar(view) {
  const { theme, chart, tab } = view;
  // The ground of a bar is the whole, where there is one.
  const max = tab.measures[chart.y].unit === "share" ? 1 : "dataMax";
  return {
    ...base(view),
    grid: { left: 4, right: 64, top: 0, bottom: 0, containLabel: true },
    xAxis: { type: "value", show: false, max },
    yAxis: rowNames(view, view.points),
    series: [{
      type: "bar", data: ofPoints(view), barMaxWidth: 16, showBackground: true,
      itemStyle: { borderRadius: 4 },
      backgroundStyle: { color: theme.track, borderRadius: 4 },
      label: { show: true, position: "right", color: theme.ink, fontSize: 13, distance: 8 },
      emphasis: { itemStyle: { opacity: 0.85 } },
    }],
  };
}

function share(view) {
  const { theme, chart } = view;
  const series = view.series.map((one) => {
    const { name, place } = one;
    const colour = colourOf(one, theme);
    const data = view.points.map((point) => {
      const all = total(view, point);
      return all ? (point.parts[place]?.[chart.y] ?? 0) / all : 0;
    });
    return {
      name, type: "bar", stack: "all", data, barMaxWidth: 26, color: colour,
      itemStyle: { borderColor: theme.card, borderWidth: 1 },
      label: {
        show: true, color: inkOn(colour), fontSize: 12,
        formatter: ({ value }) => (value * view.width > 48 ? PERCENT.format(value) : ""),
      },
      emphasis: { focus: "series" },
    };
  });
  return {
    ...base(view),
    grid: { left: 4, right: 4, top: 0, bottom: 0, containLabel: true },
    xAxis: { type: "value", show: false, max: 1 },
    yAxis: rowNames(view, view.points),
    series: [...series, withheld(view)],
  };
}

/** What a bar lacks to its whole. */
function withheld(view) {
  const rest = (point) => {
    const all = total(view, point);
    const known = point.parts.reduce((sum, part) => sum + (part?.[view.chart.y] ?? 0), 0);
    return all ? (all - known) / all : 1;
  };
  return {
    type: "bar", stack: "all", data: view.points.map(rest), color: view.theme.track,
    label: {
      show: true, color: view.theme.soft, fontSize: 12,
      formatter: ({ value }) => (value * view.width > 100 ? "withheld" : ""),
    },
  };
}

function column(view) {
  const { theme, chart } = view;
  const corners = { borderRadius: [4, 4, 0, 0] };
  const series = (name, data, colour) => ({
    name, type: "bar", data, color: colour, itemStyle: corners, barMaxWidth: 44, barGap: "12%",
    emphasis: { focus: chart.series ? "series" : "none" },
    label: { show: !chart.series && view.points.length <= 12, position: "top", color: theme.ink, fontSize: 12 },
  });
  return {
    ...base(view),
    grid: { left: 4, right: 4, top: 24, bottom: 4, containLabel: true },
    xAxis: columnNames(view),
    yAxis: scale(view),
    series: chart.series
      ? view.series.map((one) => series(one.name, ofSeries(view, one), colourOf(one, theme)))
      : [series(view.tab.measures[chart.y].name, ofPoints(view), theme.series[0])],
  };
}

function line(view) {
  const { theme, chart } = view;
  const measure = view.tab.measures[chart.y];
  const nobody = measure.unit === "share" ? null : 0;
  const series = (name, values, colour, place) => ({
    name, type: "line", data: values, color: colour, symbol: SYMBOLS[Math.max(place, 0)], connectNulls: false,
    // A mark stands where there is no line to either side, and where the pointer is.
    showSymbol: values.some((value, at) => alone(values, at)),
    symbolSize: (_, { dataIndex }) => (alone(values, dataIndex) ? 7 : 0),
    lineStyle: { width: 2.25, type: place < 4 ? "solid" : [6, 3] },
    emphasis: { focus: chart.series ? "series" : "none", lineStyle: { width: 3 } },
    areaStyle: chart.series ? undefined : { color: colour, opacity: 0.12 },
  });
  const axis = names(view, view.points, { axisLine: { show: true, lineStyle: { color: theme.line } } });
  const ends = { alignMinLabel: "left", alignMaxLabel: "right", formatter: (name) => name.replace(SO_FAR, "") };
  const known = (list) => (list === undefined ? nobody : list[chart.y]);
  const part = (one) => view.points.map((point) => known(point.parts[one.place]));
  return {
    ...base(view),
    grid: { left: 4, right: 20, top: 14, bottom: 4, containLabel: true },
    xAxis: { ...axis, boundaryGap: false, axisLabel: { ...axis.axisLabel, ...ends } },
    yAxis: scale(view),
    series: chart.series
      ? view.series.map((one) => series(one.name, part(one), colourOf(one, theme), one.colour))
      : [series(measure.name, view.points.map((point) => known(point.values)), theme.series[0], 0)],
  };
}

/** A value between two gaps. */
function alone(values, at) {
  return values[at] !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null;
}

const DRAWN = { bar, column, line, share };

/** Pixels that a chart needs from top to bottom. */
function height(view) {
  const rows = view.points.length;
  if (isOnPaper()) return { bar: 24 * rows, share: 28 * rows, column: 210, line: 220 }[view.chart.kind];
  return { bar: 30 * rows, share: 38 * rows, column: 260, line: 300 }[view.chart.kind];
}
