//! What the workbook readers stumble over, in fixed words: their own quote it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{OdsError, XlsError, XlsxError};

use super::Unreadable;
use super::detect::zip_error;

const MISBUILT: Unreadable = Unreadable::Corrupt { what: "it is not built as a workbook is" };
const NO_SHEET: Unreadable = Unreadable::Corrupt { what: "a sheet that it lists is not in it" };
const BAD_XML: Unreadable = Unreadable::Corrupt { what: "its XML breaks off or is not well-formed" };

/// Some broken workbooks make a reader panic; that is the workbook's fault and not ours.
pub(super) fn unpanicking<T, E: Into<Unreadable>>(
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, Unreadable> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(MISBUILT),
    }
}

impl From<XlsxError> for Unreadable {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::Password => Self::PasswordProtected,
            XlsxError::Io(error) => zip_error(error.into()),
            XlsxError::Zip(error) => zip_error(error),
            XlsxError::WorksheetNotFound(_) => NO_SHEET,
            XlsxError::NotAWorksheet(_) => Self::Corrupt { what: "a sheet of it holds no cells" },
            XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::XmlEof(_) => BAD_XML,
            _ => MISBUILT,
        }
    }
}

impl From<XlsError> for Unreadable {
    fn from(error: XlsError) -> Self {
        match error {
            XlsError::Password => Self::PasswordProtected,
            XlsError::WorksheetNotFound(_) => NO_SHEET,
            _ => MISBUILT,
        }
    }
}

impl From<OdsError> for Unreadable {
    fn from(error: OdsError) -> Self {
        match error {
            OdsError::Password => Self::PasswordProtected,
            OdsError::Io(error) => zip_error(error.into()),
            OdsError::Zip(error) => zip_error(error),
            OdsError::WorksheetNotFound(_) => NO_SHEET,
            OdsError::Xml(_) | OdsError::XmlAttr(_) => BAD_XML,
            _ => MISBUILT,
        }
    }
}
