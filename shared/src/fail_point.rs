//! Where a stage dies if a test wants it to.

use std::path::Path;

/// Ends the process here, as a crash would, if the folder that `FAIL_POINTS` names holds a file of this name. The file
/// is removed first, so that it happens once. For tests: a release build does nothing.
pub fn fail_point(name: &str) {
    if cfg!(debug_assertions)
        && let Some(folder) = std::env::var_os("FAIL_POINTS")
        && std::fs::remove_file(Path::new(&folder).join(name)).is_ok()
    {
        std::process::abort();
    }
}
