use super::*;

fn read(disk: &Memory, name: &str) -> Vec<u8> {
    disk.read(name).unwrap().unwrap()
}

/// A file `x` with `durable` synced and two writes after it.
fn written() -> Memory {
    let mut disk = Memory::new();
    disk.replace("x", b"durable").unwrap();
    disk.write("x", 7, b"one").unwrap();
    disk.write("x", 10, b"two").unwrap();
    disk
}

/// Answers in turn, then zero.
fn answers(list: &[u64]) -> impl FnMut(u64) -> u64 {
    let mut list = list.iter().copied();
    move |_| list.next().unwrap_or(0)
}

#[test]
fn a_process_crash_keeps_every_write() {
    let mut disk = written();
    disk.crash();
    assert_eq!(read(&disk, "x"), b"durableonetwo");
}

#[test]
fn a_power_loss_keeps_any_prefix_of_what_was_not_synced() {
    for kept in 0..=6u8 {
        let mut disk = written();
        disk.power_loss(&mut answers(&[0, kept.into()]));
        assert_eq!(read(&disk, "x"), b"durableonetwo"[..7 + usize::from(kept)]);
    }
}

#[test]
fn a_power_loss_may_keep_a_later_write_and_lose_an_earlier() {
    let mut disk = written();
    disk.power_loss(&mut answers(&[1, 0, 2]));
    assert_eq!(read(&disk, "x"), b"durable\0\0\0tw");
    disk.power_loss(&mut |_| panic!("all that is left is durable"));
}

#[test]
fn what_was_synced_is_never_lost() {
    let mut disk = written();
    disk.sync("x").unwrap();
    disk.truncate("x", 2).unwrap();
    disk.power_loss(&mut answers(&[]));
    assert_eq!(read(&disk, "x"), b"durableonetwo");
}

#[test]
fn a_failed_sync_loses_its_writes_though_a_later_one_succeeds() {
    let mut disk = written();
    disk.fail_sync(0);
    assert!(disk.sync("x").unwrap_err().is_sync());
    disk.sync("x").unwrap();
    assert_eq!(read(&disk, "x"), b"durableonetwo");
    disk.power_loss(&mut |n| n - 1);
    assert_eq!(read(&disk, "x"), b"durable");
}

#[test]
fn a_failed_write_is_half_there() {
    let mut disk = written();
    disk.fail_write(1);
    disk.write("x", 0, b"D").unwrap();
    assert!(!disk.write("x", 13, b"half").unwrap_err().is_sync());
    assert_eq!(read(&disk, "x"), b"Durableonetwoha");
}

#[test]
fn a_replacement_is_old_or_new_and_whole_wherever_power_is_lost() {
    let steps = {
        let mut disk = written().copy();
        let before = disk.steps();
        disk.replace("x", b"new").unwrap();
        disk.steps() - before
    };
    let mut seen = BTreeSet::new();
    for halt in 0..steps {
        for choice in 0..8u64 {
            let mut disk = written();
            disk.sync("x").unwrap();
            disk.halt_after(halt);
            disk.replace("x", b"new").unwrap_err();
            let mut bits = choice;
            disk.power_loss(&mut |n| {
                bits = bits.rotate_right(1);
                if bits >> 63 == 0 { 0 } else { n - 1 }
            });
            seen.insert(read(&disk, "x"));
        }
    }
    assert_eq!(seen, BTreeSet::from([b"durableonetwo".to_vec(), b"new".to_vec()]));
}

#[test]
fn an_entry_whose_directory_was_not_synced_may_vanish_or_return() {
    let mut disk = written();
    disk.sync("x").unwrap();
    disk.halt_after(1);
    disk.remove("x").unwrap_err();
    assert_eq!(disk.list().unwrap(), [""; 0]);
    let mut other = disk.copy();
    disk.power_loss(&mut |_| 0);
    other.power_loss(&mut |n| n - 1);
    assert_eq!(read(&disk, "x"), b"durableonetwo");
    assert_eq!(other.list().unwrap(), [""; 0]);
}
