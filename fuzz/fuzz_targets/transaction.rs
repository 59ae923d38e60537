//! libFuzzer's way into the oracle `transaction`: whatever it throws, the oracle must hold.
#![no_main]

#[global_allocator]
static MEMORY: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, 16 << 20);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    bulla_fuzz::transaction::judge(input);
});
