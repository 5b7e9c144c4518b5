//! How headers and words are compared, however they are spelt.

use crate::tabular::trimmed;

/// A header as it is compared: lower-case letters and digits. Only between two digits it counts that they are apart, as
/// one `_`: `Booking ID`, `booking_id` and `BookingID` are one header, `Q1.1` and `Q11` are two.
pub(crate) fn normalise_header(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut is_apart = false;
    for character in text.chars() {
        if !character.is_alphanumeric() {
            is_apart = true;
            continue;
        }
        if is_apart && character.is_numeric() && normal.ends_with(char::is_numeric) {
            normal.push('_');
        }
        normal.extend(character.to_lowercase());
        is_apart = false;
    }
    normal
}

/// A word as it is compared: [`bare_word`] in lower case.
#[must_use]
pub fn spelling(text: &str) -> String {
    bare_word(text).to_lowercase()
}

/// A word without space around it and punctuation behind it. A word of punctuation alone, as in a column of `+` and `-`,
/// stays, and so does a sign right behind a letter or digit: `A+` and `A-` are two words.
#[must_use]
pub fn bare_word(text: &str) -> &str {
    let is_noise =
        |character: char| character.is_ascii_punctuation() || matches!(character, '…' | '。' | '·');
    let text = trimmed(text);
    let mut word = text;
    while let Some(shorter) = word.strip_suffix(is_noise) {
        if word.ends_with(['+', '-']) && shorter.ends_with(char::is_alphanumeric) {
            break;
        }
        word = trimmed(shorter);
    }
    if word.is_empty() { text } else { word }
}

/// The first letter or digit of a header as it is compared.
pub(crate) fn first_of_header(text: &str) -> Option<char> {
    text.chars().find(|character| character.is_alphanumeric())?.to_lowercase().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_compared_without_case_space_and_punctuation() {
        for header in
            ["  Booking\u{a0}ID ", "booking_id", "BOOKING-ID", "BookingID", "bookingId", "Booking.Id:"]
        {
            assert_eq!(normalise_header(header), "bookingid", "{header}");
        }
        assert_eq!(normalise_header("Amount (₹)"), "amount");
        assert_eq!(normalise_header("MRN#"), "mrn");
        assert_eq!(normalise_header("—"), "");
    }

    #[test]
    fn humps_and_abbreviations_need_no_alias() {
        for (header, column) in [
            ("ICD10Code", "icd10_code"),
            ("ICD-10 Code", "icd10_code"),
            ("HTTPStatus", "http_status"),
            ("patientName", "patient_name"),
            ("E-Mail", "email"),
            ("PatientIDs", "patient_ids"),
        ] {
            assert_eq!(normalise_header(header), normalise_header(column), "{header}");
        }
    }

    #[test]
    fn numbers_that_stand_apart_stay_apart() {
        assert_ne!(normalise_header("Q1.1"), normalise_header("Q11"));
        assert_eq!(normalise_header("Q 1.1"), normalise_header("q1_1"));
    }

    #[test]
    fn a_word_is_compared_without_case_and_punctuation_behind_it() {
        for word in ["Cancelled", " CANCELLED. ", "cancelled\u{a0}!", "cancelled.., "] {
            assert_eq!(spelling(word), "cancelled", "{word}");
        }
        assert_eq!(spelling("no-show"), "no-show");
    }

    #[test]
    fn a_sign_behind_a_word_stays() {
        let words = ["AB+", "ab+.", " ab- ", "done -"].map(spelling);
        assert_eq!(words, ["ab+", "ab+", "ab-", "done"]);
    }

    #[test]
    fn a_word_of_punctuation_alone_stays() {
        assert_eq!((spelling(" + "), spelling("-")), ("+".to_owned(), "-".to_owned()));
    }
}
