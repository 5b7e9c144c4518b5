//! Decimals as PostgreSQL's `numeric` has them in binary. Pure.

/// Digits of a group: `numeric` counts to the base of 10,000.
const GROUP: u8 = 4;

/// Groups of 39 digits around a point that cuts one of them, at the most.
const MOST: usize = 11;

/// Bytes of a decimal: the number of its groups, the power of the first, the sign, the decimal digits behind the point, and
/// the groups.
pub(crate) struct Numeric {
    bytes: [u8; 8 + 2 * MOST],
    length: usize,
}

impl Numeric {
    /// So many units of the last of `scale` digits behind the point. A contract allows 38 digits.
    pub(crate) fn new(units: i128, scale: u8) -> Self {
        let behind = u16::from(scale.div_ceil(GROUP));
        let mut left = units.unsigned_abs();
        let mut groups = [0_u16; MOST];
        let mut count = 0;
        for (place, group) in (0..).zip(groups.iter_mut().rev()) {
            if left == 0 && place > behind {
                break;
            }
            *group = match u32::from(scale % GROUP) {
                cut if place == 0 && cut > 0 => last(&mut left, cut) * 10_u16.pow(u32::from(GROUP) - cut),
                _ => last(&mut left, GROUP.into()),
            };
            count = place + 1;
        }
        let power = count.saturating_sub(behind + 1);
        let sign = if units < 0 { 0x4000 } else { 0 };
        let written = groups.iter().skip(MOST - usize::from(count));
        let mut bytes = [0; 8 + 2 * MOST];
        let words = [count, power, sign, scale.into()];
        for (place, word) in bytes.chunks_exact_mut(2).zip(words.iter().chain(written)) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        Self { bytes, length: 8 + 2 * usize::from(count) }
    }
}

impl AsRef<[u8]> for Numeric {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Takes the last of a number's digits, four at the most.
fn last(left: &mut u128, digits: u32) -> u16 {
    let base = 10_u16.pow(digits);
    let (rest, last) = match u64::try_from(*left) {
        // Few decimals are larger, and dividing these takes ten times as long.
        Ok(small) => (u128::from(small / u64::from(base)), u128::from(small % u64::from(base))),
        Err(_) => (*left / u128::from(base), *left % u128::from(base)),
    };
    *left = rest;
    u16::try_from(last).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(units: i128, scale: u8) -> Vec<u16> {
        let numeric = Numeric::new(units, scale);
        numeric.as_ref().chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn a_decimal_is_groups_of_four_digits_around_the_point() {
        assert_eq!(words(1_234_567, 2), [3, 1, 0, 2, 1, 2345, 6700]);
        assert_eq!(words(-5, 2), [2, 0, 0x4000, 2, 0, 500]);
        assert_eq!(words(0, 0), [1, 0, 0, 0, 0]);
        assert_eq!(words(10_000, 0), [2, 1, 0, 0, 1, 0]);
    }

    #[test]
    fn the_longest_decimals_have_room() {
        let most = 10_i128.pow(38) - 1;
        assert_eq!(words(most, 0)[..5], [10, 9, 0, 0, 99]);
        assert_eq!(words(most, 38).len(), 4 + 1 + 10);
    }

    /// The number that groups stand for, in units.
    fn value(words: &[u16], scale: u8) -> i128 {
        let [count, power, sign, told, groups @ ..] = words else { panic!("a head of four words") };
        assert_eq!((usize::from(*count), *told), (groups.len(), u16::from(scale)));
        let mut digits: String = groups.iter().map(|group| format!("{group:04}")).collect();
        let whole = 4 * (usize::from(*power) + 1);
        assert!(digits[whole + usize::from(scale)..].chars().all(|digit| digit == '0'));
        digits.truncate(whole + usize::from(scale));
        let units: i128 = digits.parse().unwrap();
        if *sign == 0x4000 { -units } else { units }
    }

    #[test]
    fn every_number_of_digits_around_every_point_stands_for_itself() {
        for digits in 0..=38 {
            let power = 10_i128.pow(digits);
            for units in [power, power - 1, power / 3 * 2, power / 7 + 1] {
                for scale in 0..=38 {
                    let words = words(-units, scale);
                    assert_eq!(value(&words, scale), -units, "{units} of {scale} behind the point");
                    assert!(words[4] > 0 || words[1] == 0, "no group in front that is nothing");
                }
            }
        }
    }
}
