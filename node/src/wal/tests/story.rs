//! A fixed course of events, told to a log until its disk fails, and what must be true of the log afterwards.

use super::*;

/// How often a story syncs: after every third entry.
const BATCH: usize = 3;

pub(super) struct Story {
    entries: Vec<(Height, Option<Said>, Vec<u8>)>,
}

/// How far a story came.
#[derive(Clone)]
pub(super) struct Told<'a> {
    story: &'a Story,
    /// How many entries were synced, by the log's word.
    pub(super) synced: usize,
    /// How many were appended.
    appended: usize,
    /// The height that was begun last, by the log's word.
    begun: Option<Height>,
    /// What was signed in synced entries.
    pub(super) said: Vec<Said>,
    pub(super) fault: Option<WalError>,
}

impl Story {
    /// So many entries at each of these heights, every other one signed.
    pub(super) fn of(heights: &[u64], each: u32) -> Story {
        let mut guard = SignGuard::new();
        let entry = |(height, n): (u64, u32)| {
            let signed = |guard: &mut SignGuard| {
                let step = if n % 4 == 0 { Step::Prevote } else { Step::Precommit };
                let value = (n % 3 > 0).then_some(HeaderHash(Hash([u8::try_from(n).unwrap(); 32])));
                guard.allow(Height(height), Round(n / 4), step, value).unwrap()
            };
            let said = (n % 2 == 0).then(|| signed(&mut guard));
            (Height(height), said, format!("{height}/{n}").repeat(1 + usize::try_from(n % 3).unwrap()).into_bytes())
        };
        Story { entries: heights.iter().flat_map(|height| (0..each).map(|n| (*height, n))).map(entry).collect() }
    }

    /// Tells it to the log of a disk, as far as that goes.
    pub(super) fn tell(&self, disk: &Memory) -> Told<'_> {
        let mut told = Told { story: self, synced: 0, appended: 0, begun: None, said: vec![], fault: None };
        told.fault = told.go_on(disk).err();
        told
    }

    /// Every entry as a log returns it.
    fn all(&self) -> Vec<(Height, Entry)> {
        let entry = |(sequence, (height, _, payload)): (usize, &(Height, Option<Said>, Vec<u8>))| {
            (*height, Entry { sequence: wide(sequence), payload: payload.clone() })
        };
        self.entries.iter().enumerate().map(entry).collect()
    }
}

impl Told<'_> {
    fn go_on(&mut self, disk: &Memory) -> Result<(), WalError> {
        let mut log = Log::open(disk.clone(), Some(SignGuard::new()))?.0;
        for batch in self.story.entries.chunks(BATCH) {
            for (height, said, payload) in batch {
                log.start_height(*height)?;
                let sequence = match said {
                    Some(said) => log.append_signed(*said, payload)?,
                    None => log.append(payload)?,
                };
                assert_eq!(sequence, wide(self.appended));
                self.appended += 1;
            }
            log.sync()?;
            self.begun = batch.last().map(|(height, ..)| *height);
            self.synced += batch.len();
            self.said.extend(batch.iter().filter_map(|(_, said, _)| *said));
        }
        Ok(())
    }

    /// The log has all that was synced, in order, perhaps more of the story, and nothing else.
    pub(super) fn check(&self, opened: Result<Opened, WalError>) {
        let opened = opened.expect("a log opens again");
        let returned = entries(&opened);
        let all = self.story.all();
        let end = returned.last().map_or(self.synced, |(_, entry)| 1 + usize::try_from(entry.sequence).unwrap());
        assert!((self.synced..=self.appended + 1).contains(&end), "{} synced, {end} returned", self.synced);
        let oldest = opened.heights.keys().next().copied();
        let expected: Vec<_> = all[..end].iter().filter(|(height, _)| Some(*height) >= oldest).cloned().collect();
        assert_eq!(returned, expected);
        assert!(opened.heights.keys().next_back().copied() >= self.begun);
        assert!(oldest <= self.begun.map(|begun| begun.previous().unwrap()).max(oldest));
        assert!(opened.guard.last().map(|said| said.at()) >= self.said.last().map(Said::at));
        assert!(
            opened.guard.last().is_none_or(|last| self.story.entries.iter().any(|(_, said, _)| *said == Some(last)))
        );
        assert_eq!(opened.guard.silent(), None, "what no sync returned for was never said");
    }

    /// Everything, exactly, with the guard; for a story told to its end.
    pub(super) fn expected(&self, synced: usize) -> Vec<(Height, Entry)> {
        assert_eq!(self.fault, None);
        let oldest = self.story.entries.last().and_then(|(height, ..)| height.previous());
        self.story.all().into_iter().take(synced).filter(|(height, _)| Some(*height) >= oldest).collect()
    }
}

pub(super) fn entries(opened: &Opened) -> Vec<(Height, Entry)> {
    let of = |(height, entries): (&Height, &Vec<Entry>)| entries.iter().map(|entry| (*height, entry.clone())).collect();
    opened.heights.iter().flat_map(|(height, list)| -> Vec<_> { of((height, list)) }).collect()
}

pub(super) fn segments(disk: &Memory) -> Vec<String> {
    disk.list().unwrap().into_iter().filter(|name| name.ends_with(".wal")).collect()
}
