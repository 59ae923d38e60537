//! Promises, rows 3 and 4.

use crate::Range;
use bulla_testnet_fire::flips;

#[test]
fn no_flipped_bit_is_served() {
    let range = Range::alone();
    let tally = flips::flips(range.runs(200)).unwrap();
    assert_eq!(tally.named + tally.dead + tally.shorter + tally.mended, 200);
    assert!(tally.named > 40, "hardly any flip was noticed: {tally:?}");
}
