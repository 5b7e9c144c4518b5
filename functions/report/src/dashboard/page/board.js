"use strict";

// The board in words and numbers. A value that is null was withheld; one that is not there stands for nobody.

const NOT_STATED = "Not stated";
const OTHERS = "Others";
const SO_FAR = " so far";
const LAST = new Map([[NOT_STATED, 1], [OTHERS, 2]]);

const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });
const SHORT = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const SHARE = new Intl.NumberFormat("en-GB", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 0 });

const SHORT_DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });

/** A value of a dimension as people read it: `2026-11` is `Nov 2026`, null is `Not stated`. */
function named(value) {
  if (value === null) return NOT_STATED;
  const text = String(value);
  if (/^\d{4}-\d{2}$/.test(text)) return MONTH.format(new Date(`${text}-01T00:00:00Z`));
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return SHORT_DAY.format(new Date(`${text}T00:00:00Z`));
  return text;
}

/** A measure's value in a table, a tooltip or a figure. */
function written(value, measure) {
  if (value === null) return "–";
  if (value === undefined) return measure.unit === "share" ? "" : "0";
  return (measure.unit === "share" ? SHARE : WHOLE).format(value);
}

/** A measure's value beside an axis. */
function abbreviated(value, measure) {
  return (measure.unit === "share" ? PERCENT : SHORT).format(value);
}

/** The rows of a tab's figures or of a chart's cells that the filters leave, without the filters' places. */
function chosen(rows, choice) {
  const left = rows.filter((row) => choice.every((place, filter) => row[filter] === place));
  return left.map((row) => row.slice(choice.length));
}

/** The tab's measures under the chosen filters: one value each, undefined where there is nobody. */
function figures(tab, choice) {
  const [row] = chosen(tab.figures, choice);
  return tab.measures.map((_, place) => row?.[place]);
}

/**
 * What a chart shows under the chosen filters: its points along x (`key` is what sorts them), each with all measures,
 * or, of a chart with series, one list of measures for each of the series. `asOf` is the day that the board speaks of.
 */
function read(chart, choice, asOf) {
  const points = chart.x.values.map((value, place) => ({
    name: named(value) + (isOpen(chart, value, asOf) ? SO_FAR : ""),
    open: isOpen(chart, value, asOf),
    key: value ?? "",
    details: (chart.x.details ?? []).map((detail) => named(detail.values[place])),
    values: undefined,
    parts: [],
  }));
  for (const [x, ...rest] of chosen(chart.cells, choice)) {
    if (chart.series) points[x].parts[rest[0]] = rest.slice(1);
    else points[x].values = rest;
  }
  const people = (point) => point.values !== undefined || point.parts.length > 0;
  // Time has no gaps; of names, only those with somebody.
  return chart.kind === "line" ? points : points.filter(people);
}

/** Whether a month or a year of a chart over time is the one in which the board's day lies, and so may not be whole. */
function isOpen(chart, value, asOf) {
  const inOrder = chart.kind === "line" || chart.kind === "column";
  return inOrder && /^\d{4}(-\d{2})?$/.test(value) && asOf.startsWith(value);
}

/** The longest first; withheld ones after them, then what is not stated, and the others at the end. */
function longestFirst(points, measure) {
  const last = (point) => LAST.get(point.name) ?? 0;
  return points.toSorted((a, b) => last(a) - last(b) || (b.values[measure] ?? -1) - (a.values[measure] ?? -1));
}

/** Whether anything that a chart would show was withheld. */
function withholds(points, measure) {
  const lists = points.flatMap((point) => [point.values, ...point.parts]).filter((list) => list !== undefined);
  return lists.some((list) => (measure === undefined ? list.includes(null) : list[measure] === null));
}
