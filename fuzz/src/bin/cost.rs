//! Program of the fuzz target `cost`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::cost(input));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    fuzz::replay(std::env::args_os().skip(1), fuzz::cost)
}
