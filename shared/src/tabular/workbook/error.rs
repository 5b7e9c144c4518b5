//! What cells show whose formulas failed.

const ERRORS: [&str; 15] = [
    "#DIV/0!",
    "#N/A",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#REF!",
    "#VALUE!",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#BUSY!",
    "#EXTERNAL!",
];

/// What is shown for an error that no other spreadsheet knows.
const UNKNOWN: &str = "#UNKNOWN!";

/// The error that a text is.
pub(crate) fn known(text: &str) -> Option<&'static str> {
    ERRORS.into_iter().find(|error| error.eq_ignore_ascii_case(text))
}

/// What a cell shows that is an error by this name.
pub(crate) fn by_name(name: &str) -> &'static str {
    known(name).unwrap_or(UNKNOWN)
}

/// What an error's number shows ([MS-XLS], 2.5.10, and [MS-XLSB], 2.5.98.2).
pub(crate) fn by_number(number: u8) -> &'static str {
    match number {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        0x2a => "#N/A",
        0x2b => "#GETTING_DATA",
        _ => UNKNOWN,
    }
}
