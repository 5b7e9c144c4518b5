//! What a report's file says of a mart.

use jiff::SignedDuration;

use super::Examined;
use super::report_file::ReportFile;
use crate::catalog::report::{Cadence, Channel, WhenEmpty};

/// A mart is what stands in the database, no less and no older.
pub(super) fn check(file: &mut Examined<'_>, written: &ReportFile) {
    let is_kept_up = written.cadence == Cadence::AfterLoad && written.empty == WhenEmpty::Send;
    let is_whole = written.once_per.is_empty() && written.each.is_none() && !written.attach.is_empty();
    let is_alone = written.deliver == [Channel::Mart];
    if written.deliver.contains(&Channel::Mart) && !(is_kept_up && is_whole && is_alone) {
        file.mistake(
            written.title.span(),
            "a mart is kept up with each load: `deliver = [\"mart\"]` alone, `cadence = \"after load\"`, \
             `empty = \"send\"`, its files in `attach`, and neither `once_per` nor `each`",
        );
    }
}

/// How long a mart's files may be kept by whoever reads them.
pub(super) fn max_age(file: &mut Examined<'_>, written: &ReportFile) -> Option<SignedDuration> {
    let max_age = written.max_age.as_ref()?;
    let read = max_age.get_ref().parse::<SignedDuration>().ok().filter(SignedDuration::is_positive);
    if read.is_none() || !written.deliver.contains(&Channel::Mart) {
        file.mistake(max_age.span(), "`max_age` is a time such as \"10 minutes\", and a mart's");
    }
    read
}
