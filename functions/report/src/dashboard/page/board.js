"use strict";

// The board in words and numbers. A value that is null is withheld, or there is nobody; undefined is nobody for certain.

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

/** Titles of columns that may hold months and days. */
const IN_TIME = /\b(month|date|day)\b/i;

/** A value of a dimension as people read it: null is `Not stated`, and a `2026-11` in time is `Nov 2026`. */
function named(value, isInTime) {
  if (value === null) return NOT_STATED;
  const date = isInTime && /^\d{4}-\d{2}(-\d{2})?$/.test(value) ? new Date(value) : NaN;
  // `2025-26` is no month, and 31 February is 3 March to some browsers.
  if (isNaN(date) || !date.toISOString().startsWith(value)) return value;
  return (value.length === 7 ? MONTH : SHORT_DAY).format(date);
}

/**
 * The values of a dimension as people read them, no two alike. Where the data have an `Others` of their own, the board's is
 * the last; theirs has its place beside it, as has all else that reads the same.
 */
function namesOf({ title, values }, kind) {
  const names = values.map((value) => named(value, kind === "line" || IN_TIME.test(title)));
  const isOfTheBoard = (place) => values[place] === null || (values[place] === OTHERS && place === values.length - 1);
  const isAlone = (name) => names.indexOf(name) === names.lastIndexOf(name);
  return names.map((name, place) => (isOfTheBoard(place) || isAlone(name) ? name : `${name} (${place + 1})`));
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

/** The tab's measures under the chosen filters, one value each. */
function figures(tab, choice) {
  const [row] = chosen(tab.figures, choice);
  return row ?? tab.measures.map(() => (tab.withheld ? null : undefined));
}

/** Whether something is withheld of a chart under the chosen filters, so that what is not there may be withheld too. */
function isWithheld(tab, chart, choice) {
  const isMarked = chart.withheld.some((marked) => marked.every((place, filter) => place === choice[filter]));
  return isMarked || (tab.withheld && chosen(tab.figures, choice).length === 0);
}

/**
 * What a chart shows under the chosen filters: its points along x (`key` is what sorts them), each with all measures, and
 * those of each of the series in `parts`. `asOf` is the day that the board speaks of.
 */
function read(tab, chart, choice, asOf) {
  const unknown = isWithheld(tab, chart, choice) ? tab.measures.map(() => null) : undefined;
  const names = namesOf(chart.x, chart.kind);
  const points = chart.x.values.map((value, place) => ({
    name: names[place] + (isOpen(chart, value, asOf) ? SO_FAR : ""),
    open: isOpen(chart, value, asOf),
    key: value ?? "",
    details: (chart.x.details ?? []).map((detail) => named(detail.values[place], IN_TIME.test(detail.title))),
    values: unknown,
    parts: (chart.series?.values ?? []).map(() => unknown),
  }));
  const hasCell = new Set();
  for (const [x, ...rest] of chosen(chart.cells, choice)) {
    hasCell.add(points[x]);
    if (!chart.series) points[x].values = rest;
    else if (rest[0] === -1) points[x].values = rest.slice(1);
    else points[x].parts[rest[0]] = rest.slice(1);
  }
  // Time has no gaps; of names, only those with somebody. A table says beneath that it does not list them all.
  const isListed = (point) => (unknown && chart.kind !== "table") || hasCell.has(point);
  return points.filter((point) => isListed(point) || (chart.kind === "line" && !LAST.has(point.name)));
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

/** Whether anything that a chart would show may be withheld. */
function withholds(points, measure) {
  const lists = points.flatMap((point) => [point.values, ...point.parts]).filter((list) => list !== undefined);
  return lists.some((list) => (measure === undefined ? list.includes(null) : list[measure] === null));
}
