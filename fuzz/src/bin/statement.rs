//! Program of the fuzz target `statement`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::statement(input));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    fuzz::replay(std::env::args_os().skip(1), fuzz::statement)
}
