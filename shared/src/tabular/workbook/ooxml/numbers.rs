//! Numbers as they are written in cells.

/// The number that a text is. None for one with more digits than a cell's number holds: some programs write long
/// identifiers so.
pub(super) fn number(written: &str) -> Option<f64> {
    let number: f64 = written.parse().ok().filter(|number: &f64| number.is_finite())?;
    let is_whole = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let is_exact = !is_whole || written.len() <= WHOLE || number.to_string() == written;
    is_exact.then_some(number)
}

/// Bytes of a whole number whose digits are all exact in a float.
const WHOLE: usize = 15;

/// Digits of a number that surely has no more than 64 bits, and bytes of one with a sign and a point.
const DIGITS: usize = 19;
pub(super) const DECIMAL: usize = DIGITS + 2;

/// The decimal that bytes begin with, as [`number`] has it, and what is behind. None also for what is left to that: with an
/// exponent, of more digits, or at the end of the bytes.
pub(super) fn decimal(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (mut rest, mut all, mut count, mut whole) = (unsigned, 0, 0, None);
    loop {
        let (length, number) = digits(*rest.first_chunk()?);
        count += length;
        if count > DIGITS {
            return None;
        }
        all = all * power(length)? + u64::from(number);
        rest = rest.get(length..)?;
        match rest {
            _ if length == 8 => {}
            [b'.', behind @ ..] if whole.is_none() => (rest, whole) = (behind, Some(count)),
            _ => break,
        }
    }
    let is_negative = unsigned.len() < bytes.len();
    if count == 0 || whole.is_none() && count + usize::from(is_negative) > WHOLE {
        return None;
    }
    let number = quotient(all, power(count - whole.unwrap_or(count))?);
    Some((if is_negative { -number } else { number }, rest))
}

/// Ten to this power, up to [`DIGITS`].
fn power(exponent: usize) -> Option<u64> {
    #[expect(clippy::indexing_slicing, reason = "when it is compiled")]
    const POWERS: [u64; DIGITS + 1] = {
        let mut powers = [1; DIGITS + 1];
        let mut exponent = 1;
        while exponent < powers.len() {
            powers[exponent] = powers[exponent - 1] * 10;
            exponent += 1;
        }
        powers
    };
    POWERS.get(exponent).copied()
}

/// The float nearest to the quotient of a number and a power of ten.
#[expect(clippy::cast_precision_loss, reason = "rounded once")]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a quotient of numbers that differ by less than a factor of two"
)]
fn quotient(number: u64, power: u64) -> f64 {
    if number < 1 << f64::MANTISSA_DIGITS {
        return number as f64 / power as f64;
    }
    // With 64 bits of both the quotient has 63 at the least, ten more than the float. What remains decides only where
    // those ten are exactly a half.
    let (up, down) = (number.leading_zeros(), power.leading_zeros());
    let (number, power) = (u128::from(number << up) << 63, u128::from(power << down));
    let quotient = number / power;
    let has_rest = quotient * power != number;
    let scale = f64::from_bits(u64::from(1023 - 63 + down - up) << (f64::MANTISSA_DIGITS - 1));
    (quotient as u64 | u64::from(has_rest)) as f64 * scale
}

/// The digits that these bytes begin with: how many, and the number that they are. All of them are looked at at once.
pub(super) fn digits(bytes: [u8; 8]) -> (usize, u32) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // A digit becomes its value; the first one is the lowest byte.
    let values = u64::from_le_bytes(bytes) ^ (EACH * 0x30);
    let no_digits = (((values & (EACH * 0x7f)) + EACH * 0x76) | values) & (EACH * 0x80);
    let count = no_digits.trailing_zeros() / 8;
    // Zeros before them make them eight. Then neighbours are put together: to four pairs, to two fours, to one.
    let eight = values.checked_shl(64 - 8 * count).unwrap_or(0);
    let pairs = (eight * 10 + (eight >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let number = (fours * 10_000 + (fours >> 32)) & 0xffff_ffff;
    (count as usize, number as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn a_decimal_is_the_number_that_parsing_makes_of_it(
            text in "-?[0-9]{0,10}\\.?[0-9]{0,17}|[-+0-9.eE ]{0,17}|-?0{0,16}[0-9]{0,3}|[0-9]{1,3}\\.[0-9]{16,20}|0\\.0{0,19}",
        ) {
            let bytes = format!("{text}</v></c>");
            if let Some((decimal, rest)) = decimal(bytes.as_bytes()) && rest.starts_with(b"<") {
                prop_assert!(text.len() <= DECIMAL);
                prop_assert_eq!(number(&text).map(f64::to_bits), Some(decimal.to_bits()));
            }
        }

        #[test]
        fn a_float_is_read_as_it_was_written(float in -1e12..1e12_f64, digits in 0..8_usize) {
            for text in [float.to_string(), format!("{float:.digits$}")] {
                let read = decimal(format!("{text}</v></c>").as_bytes()).map(|read| read.0.to_bits());
                prop_assert!(read.is_none_or(|read| Ok(read) == text.parse().map(f64::to_bits)));
            }
        }

        #[test]
        fn digits_end_at_the_first_other_byte(text in "[0-9]{0,8}[ -~\u{80}-\u{ff}]{8}") {
            let first = *text.as_bytes().first_chunk().unwrap();
            let count = first.iter().take_while(|byte| byte.is_ascii_digit()).count();
            prop_assert_eq!(digits(first), (count, text[..count].parse().unwrap_or(0)));
        }
    }

    #[test]
    fn what_programs_write_is_a_decimal() {
        for text in
            ["0", "-7", "260", "202300000000", "44927.262511574074", "39.420000000000002", "-0.5", "5."]
        {
            let bytes = format!("{text}</v></c>");
            assert_eq!(decimal(bytes.as_bytes()), Some((text.parse().unwrap(), &b"</v></c>"[..])), "{text}");
        }
    }
}
