#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rounds_testkit::fuzz::texts(bytes));
