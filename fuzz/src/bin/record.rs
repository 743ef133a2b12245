//! Program of the fuzz target `record`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::record(input));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    fuzz::replay(std::env::args_os().skip(1), fuzz::record)
}
