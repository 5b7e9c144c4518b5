//! Points as a PNG, twice as many pixels each way as the page gives them.
//!
//! The library's own scale and labels are rounded for screens of any size; here both are set, so that a scale ends in
//! round numbers, a count has no halves, and a label is the number that the page writes.

use std::sync::Arc;

use charts_rs::{
    Align, BarChart, ChartBase, Color, DEFAULT_FONT_DATA, DEFAULT_FONT_FAMILY, FontConfig,
    HorizontalBarChart, LegendCategory, LineChart, Position, Series, Symbol, TextConfig, YAxisConfig,
    measure_text_width_family,
};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use rounds_shared::catalog::ChartKind;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::query::table::{Kind, Value};
use crate::rendering::points::Points;
use crate::rendering::wording::{in_whole, written};

/// Width on the page; on a phone it is shrunk by a third, and the text still has 10 pixels.
const WIDTH: u32 = 480;
const HEIGHT: u32 = 280;
/// Most that a name may take of it.
const NAME: f32 = 190.0;
/// Height of a bar with its distance to the next.
const BAND: u32 = 34;
const BAND_HEIGHT: f32 = 34.0;
const LETTER: f32 = 16.0;
/// Of a category below a scale, so that the twelve weeks of a quarter have theirs.
const SMALL: f32 = 14.0;
/// Money of this much is labelled without its cents.
const WHOLE: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);
const EDGE: f32 = 8.0;

const THEME: &str = charts_rs::THEME_LIGHT;
const INK: &str = "#16242a";
const SOFT: &str = "#5b6b71";
const LINE: &str = "#e1e7e8";
const PALETTE: [&str; 6] = ["#17897b", "#e0a130", "#4a6fa5", "#c8624f", "#8a6bb0", "#9fb0b4"];

/// Width and height on the page in CSS pixels.
#[must_use]
pub(super) fn size(kind: ChartKind, points: &Points) -> (u32, u32) {
    let bars = u32::try_from(points.categories.len()).unwrap_or(1);
    let height = if kind == ChartKind::Bar { bars.saturating_mul(BAND).saturating_add(16) } else { HEIGHT };
    (WIDTH, height)
}

/// The picture; none where it cannot be drawn.
#[must_use]
pub(super) fn png(kind: ChartKind, points: &Points) -> Option<Vec<u8>> {
    let svg = match kind {
        ChartKind::Bar => bars(points).svg(),
        ChartKind::Column => columns(points).svg(),
        ChartKind::Line => lines(points).svg(),
    };
    rasterized(&svg.ok()?)
}

fn rasterized(svg: &str) -> Option<Vec<u8>> {
    // The one font that the picture knows, so that it is the same on every machine.
    let mut fonts = fontdb::Database::new();
    fonts.load_font_source(fontdb::Source::Binary(Arc::new(DEFAULT_FONT_DATA)));
    let family = DEFAULT_FONT_FAMILY.to_owned();
    let options = Options { fontdb: Arc::new(fonts), font_family: family, ..Options::default() };
    let tree = Tree::from_str(svg, &options).ok()?;
    let size = tree.size().to_int_size().scale_by(2.0)?;
    let mut pixels = Pixmap::new(size.width(), size.height())?;
    resvg::render(&tree, Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
    pixels.encode_png().ok()
}

/// Horizontal bars: the name to the left, the value at the bar's end.
fn bars(points: &Points) -> HorizontalBarChart {
    let values = points.series.first().map_or(&[][..], |series| series.values.as_slice());
    let names: Vec<String> = points.categories.iter().map(|name| fitting(name, NAME)).collect();
    let is_whole = values.iter().any(|value| value.abs() >= WHOLE);
    let labels: Vec<String> = values.iter().map(|value| label(points.kind, *value, is_whole)).collect();
    let mut series = Vec::new();
    for ((value, label), place) in values.iter().zip(&labels).zip((0..values.len()).rev()) {
        // The library writes a series' name exactly, but a value rounded: each bar is a series with its value's name.
        let bar = |value: &Decimal, is_labelled| Series {
            start_index: place,
            index: Some(0),
            stack: Some("bars".to_owned()),
            label_show: is_labelled,
            ..Series::new(label.clone(), vec![number(*value)])
        };
        series.push(bar(value, value.is_sign_positive() || value.is_zero()));
        if value.is_sign_negative() {
            // To the right of the base line, where it is in nothing's way.
            series.push(bar(&Decimal::ZERO, true));
        }
    }
    let mut chart = HorizontalBarChart::new_with_theme(series, names.iter().rev().cloned().collect(), THEME);
    style(&mut chart.base, size(ChartKind::Bar, points));
    chart.margin = (EDGE, EDGE, widest(&labels) + EDGE, EDGE).into();
    chart.margin.left += widest(&names) + EDGE;
    chart.y_axis_hidden = true;
    chart.x_axis.hidden = true;
    chart.legend.show = Some(false);
    chart.grid.stroke_width = 0.0;
    chart.grid.stroke_color = Color::transparent();
    chart.series.label.formatter = "{a}".to_owned();
    let bounds = |value: Option<&Decimal>| value.copied().unwrap_or_default();
    if let Some(scale) = chart.y_axis_configs.first_mut() {
        scale.min = Some(number(bounds(values.iter().min()).min(Decimal::ZERO)));
        scale.max = Some(number(bounds(values.iter().max()).max(Decimal::ZERO)));
    }
    let mut top = EDGE + 9.0;
    for text in names {
        chart.texts.push(TextConfig {
            text,
            left: Some(EDGE),
            top: Some(top),
            font: font(INK),
            ..TextConfig::default()
        });
        top += BAND_HEIGHT;
    }
    chart
}

/// Columns side by side, their series one upon another.
fn columns(points: &Points) -> BarChart {
    let stacked = series(points).map(|series| Series { stack: Some("columns".to_owned()), ..series });
    let mut chart = BarChart::new_with_theme(stacked.collect(), categories(points), THEME);
    style(&mut chart.base, size(ChartKind::Column, points));
    let highest = (0..points.categories.len()).map(|place| points.total(place));
    set_scale(&mut chart.y_axis_configs, points, highest.max());
    chart
}

/// One line per series.
fn lines(points: &Points) -> LineChart {
    let mut chart = LineChart::new_with_theme(series(points).collect(), categories(points), THEME);
    style(&mut chart.base, size(ChartKind::Line, points));
    chart.series.stroke_width = 3.0;
    chart.series.symbol = Some(Symbol::Circle(2.0, None));
    let highest = points.series.iter().flat_map(|series| &series.values).max();
    set_scale(&mut chart.y_axis_configs, points, highest.copied());
    chart
}

fn series(points: &Points) -> impl Iterator<Item = Series> {
    let unit = Unit::of(points);
    points.series.iter().map(move |series| {
        let values = series.values.iter().map(|value| number(unit.count(*value)));
        Series::new(fitting(&series.name, NAME), values.collect())
    })
}

fn categories(points: &Points) -> Vec<String> {
    points.categories.iter().map(|name| fitting(name, NAME / 2.0)).collect()
}

/// What the kinds of charts have in common: the mail's colours, and no title, which the page gives.
fn style(chart: &mut ChartBase, (width, height): (u32, u32)) {
    chart.width = f32::from(u16::try_from(width).unwrap_or(u16::MAX));
    chart.height = f32::from(u16::try_from(height).unwrap_or(u16::MAX));
    // Half of the scale's uppermost label stands above it.
    chart.margin = (EDGE, EDGE + LETTER / 2.0, EDGE, EDGE).into();
    chart.series.colors = PALETTE.map(Color::from).to_vec();
    chart.series.label.font = font(INK);
    chart.grid.stroke_color = LINE.into();
    chart.x_axis.font = FontConfig { size: SMALL, ..font(SOFT) };
    chart.x_axis.stroke_color = LINE.into();
    chart.legend.font = font(INK);
    chart.legend.position = Some(Position::Bottom);
    chart.legend.align = Align::Left;
    chart.legend.category = LegendCategory::Rect;
    chart.legend.show = Some(chart.series_list.len() > 1);
}

/// A scale of about four steps that ends in round numbers and holds nothing and all values.
fn set_scale(axes: &mut [YAxisConfig], points: &Points, highest: Option<Decimal>) {
    let unit = Unit::of(points);
    let lowest = points.series.iter().flat_map(|series| &series.values).min().copied().unwrap_or_default();
    let lowest = unit.count(lowest.min(Decimal::ZERO));
    let highest = unit.count(highest.unwrap_or_default().max(Decimal::ZERO));
    let is_whole = matches!(points.kind, Kind::Count | Kind::Number) && unit.size == Decimal::ONE;
    let step = step(highest.saturating_sub(lowest), is_whole);
    let (below, above) = ((lowest / step).floor(), (highest / step).ceil());
    let Some(axis) = axes.first_mut() else { return };
    axis.font = font(SOFT);
    axis.min = Some(number(below.saturating_mul(step)));
    axis.max = Some(number(above.saturating_mul(step)));
    axis.split_number = above.saturating_sub(below).to_usize().unwrap_or(1).max(1);
    let currency = if let Kind::Money(currency) = points.kind { currency.sign() } else { "" };
    axis.formatter = Some(format!("{currency}{{t}}{}", unit.sign));
}

/// What a scale counts in: hundredths of a share, thousands or millions of much else.
struct Unit {
    size: Decimal,
    sign: &'static str,
}

impl Unit {
    fn of(points: &Points) -> Self {
        let values = points.series.iter().flat_map(|series| &series.values);
        let most = values.map(Decimal::abs).max().unwrap_or_default();
        let (size, sign) = match points.kind {
            Kind::Share => (Decimal::new(1, 2), " %"),
            _ if most >= Decimal::from(1_000_000) => (Decimal::from(1_000_000), "M"),
            _ if most >= Decimal::from(10_000) => (Decimal::ONE_THOUSAND, "k"),
            _ => (Decimal::ONE, ""),
        };
        Self { size, sign }
    }

    fn count(&self, value: Decimal) -> Decimal {
        value.checked_div(self.size).unwrap_or(value)
    }
}

/// The least of 1, 2, 5, 10, 20 … of which four reach over `range`; with decimals if it may be.
fn step(range: Decimal, is_whole: bool) -> Decimal {
    let quarter = range / Decimal::from(4);
    let mut step = if is_whole { Decimal::ONE } else { Decimal::new(1, 1) };
    let mut factors = [Decimal::TWO, Decimal::new(25, 1), Decimal::TWO].into_iter().cycle();
    while let Some(factor) = factors.next().filter(|_| step < quarter) {
        step = step.saturating_mul(factor);
    }
    step
}

fn font(color: &str) -> FontConfig {
    FontConfig { size: LETTER, color: color.into(), weight: None }
}

fn label(kind: Kind, value: Decimal, is_whole: bool) -> String {
    let value = Value::Decimal(value.to_string().into());
    if is_whole { in_whole(kind, &value) } else { written(kind, &value) }
}

/// A number as far as a picture shows it.
fn number(value: Decimal) -> f32 {
    value.to_f32().unwrap_or_default()
}

fn width_of(text: &str) -> f32 {
    measure_text_width_family(DEFAULT_FONT_FAMILY, LETTER, text).map_or(0.0, |size| size.width())
}

fn widest(texts: &[String]) -> f32 {
    texts.iter().map(|text| width_of(text)).fold(0.0, f32::max)
}

/// As much of a text as fits, an ellipsis standing for the rest.
fn fitting(text: &str, width: f32) -> String {
    let mut letters = text.chars().count();
    let mut fitting = text.to_owned();
    while width_of(&fitting) > width && letters > 1 {
        letters -= 1;
        fitting = crate::rendering::wording::shortened(text, letters);
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::table::Currency;
    use crate::rendering::points::Series;

    #[test]
    fn a_scale_has_round_steps_and_a_count_no_halves() {
        let steps = |range: &str, is_whole| step(range.parse().unwrap(), is_whole).normalize().to_string();
        assert_eq!(
            ["1", "3", "7", "21", "1234567"].map(|range| steps(range, true)),
            ["1", "1", "2", "10", "500000"]
        );
        assert_eq!(["0.3", "1.5", "43800.5"].map(|range| steps(range, false)), ["0.1", "0.5", "20000"]);
    }

    #[test]
    fn much_is_counted_in_thousands_or_millions() {
        let series = |value: &str| Series { name: String::new(), values: vec![value.parse().unwrap()] };
        let told = |kind, value: &str| {
            let points = Points { kind, categories: vec![String::new()], series: vec![series(value)] };
            let unit = Unit::of(&points);
            format!("{}{}", unit.count(points.total(0)).normalize(), unit.sign)
        };
        let dollars = Kind::Money(Currency::Usd);
        assert_eq!(told(dollars, "9999.99"), "9999.99");
        assert_eq!(told(dollars, "-25000"), "-25k");
        assert_eq!(told(Kind::Count, "1500000"), "1.5M");
        assert_eq!(told(Kind::Share, "0.25"), "25 %");
    }

    #[test]
    fn a_long_name_is_shortened_to_fit() {
        let name = fitting("Apollo Hospitals, Greams Road, Chennai", 150.0);
        assert!(name.ends_with('…') && width_of(&name) <= 150.0, "{name}");
        assert_eq!(fitting("MIOT", 150.0), "MIOT");
    }
}
