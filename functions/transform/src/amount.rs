//! Amounts as people write them: a sign, a currency and a `%` around digits.

use rounds_shared::tabular::trimmed;

/// Currencies before or behind an amount. The amount says nothing about them: that is another column's matter.
const CURRENCIES: [&str; 32] = [
    "US$", "$", "€", "£", "¥", "₹", "₩", "₽", "₺", "₪", "₫", "₱", "฿", "₦", "USD", "EUR", "GBP", "JPY",
    "INR", "CNY", "CHF", "CAD", "AUD", "NZD", "SGD", "HKD", "AED", "SAR", "ZAR", "Rs.", "Rs", "₨",
];

/// What a minus is written as.
pub(crate) const MINUS: [char; 2] = ['-', '\u{2212}'];

/// An amount without what stands around its digits.
pub(crate) struct Bare<'t> {
    /// The digits, as they are grouped.
    pub digits: &'t str,
    /// Whether a minus stands before or behind them, or brackets around them.
    pub is_negative: bool,
    /// Whether they are hundredths.
    pub is_percent: bool,
}

/// Takes away one sign, one currency and one `%`, in whatever order they stand.
#[must_use]
pub(crate) fn bare(text: &str) -> Bare<'_> {
    let mut digits = trimmed(text);
    let (mut sign, mut has_currency, mut is_percent) = (None, false, false);
    loop {
        let rest = if sign.is_none()
            && let Some((rest, is_negative)) = without_sign(digits)
        {
            sign = Some(is_negative);
            rest
        } else if !has_currency && let Some(rest) = without_currency(digits) {
            has_currency = true;
            rest
        } else if !is_percent && let Some(rest) = digits.strip_suffix('%') {
            is_percent = true;
            rest
        } else {
            return Bare { digits, is_negative: sign == Some(true), is_percent };
        };
        digits = trimmed(rest);
    }
}

fn without_sign(text: &str) -> Option<(&str, bool)> {
    let bracketed = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let minus = || text.strip_prefix(MINUS).or_else(|| text.strip_suffix(MINUS));
    match bracketed.or_else(minus) {
        Some(rest) => Some((rest, true)),
        None => text.strip_prefix('+').map(|rest| (rest, false)),
    }
}

fn without_currency(text: &str) -> Option<&str> {
    let is_digit = |character: char| character.is_ascii_digit();
    if text.starts_with(is_digit) && text.ends_with(is_digit) {
        return None;
    }
    CURRENCIES.iter().find_map(|currency| {
        let (start, rest) = text.split_at_checked(currency.len()).unwrap_or_default();
        let (before, end) = text
            .len()
            .checked_sub(currency.len())
            .and_then(|at| text.split_at_checked(at))
            .unwrap_or_default();
        let is_it = |part: &str| part.eq_ignore_ascii_case(currency);
        if is_it(start) { Some(rest) } else { is_it(end).then_some(before) }
    })
}
