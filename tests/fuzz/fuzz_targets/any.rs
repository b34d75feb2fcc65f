//! All targets for libFuzzer, in one program: `CORELANE_FUZZ` says which one.

#![no_main]

use std::sync::OnceLock;

static TARGET: OnceLock<String> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let target = TARGET.get_or_init(|| std::env::var("CORELANE_FUZZ").unwrap_or_default());
    corelane_fuzz::run(target, data);
});
