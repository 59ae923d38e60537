use super::*;
use crate::import::plan::Planned;
use crate::import::unformed::Unformed;

fn rows(count: u32) -> Vec<Row> {
    (1..=count).map(|number| Row { number, event_id: format!("E,{number}"), ..Row::default() }).collect()
}

fn acts(operations: std::ops::Range<usize>, expected: bool) -> Fate {
    Fate::Acts { batch: 0, operations, acts: "renew".into(), expected }
}

fn plan(fates: Vec<Fate>) -> Plan {
    let rows = fates.into_iter().map(|fate| Planned { licence: None, fate }).collect();
    Plan { setup: Vec::new(), batches: Vec::new(), rows }
}

#[test]
fn every_row_is_in_one_class_and_the_first_refusal_of_its_acts_is_its_code() {
    let fates = vec![
        acts(0..1, true),
        acts(1..3, true),
        Fate::EndedByItsTerm,
        Fate::Unformed(Unformed::NoDate),
        acts(3..4, false),
    ];
    let refused = |code| Outcome::Refused(Code(code));
    let outcomes = [vec![Outcome::Applied, refused(520), refused(506), refused(520)]];
    let (rows, plan) = (rows(5), plan(fates));
    let report = Report::new(&rows, &plan, &outcomes);
    let tally = report.tally();
    assert_eq!((tally.rows(), tally.by_act, tally.ended, tally.unforeseen), (5, 1, 1, 1));
    let refused: Vec<_> = tally.refused.iter().map(|(code, (count, _))| (code.0, *count)).collect();
    assert_eq!(refused, [(520, 2), (904, 1)]);
    assert_eq!(tally.json()["accepted_percent"], 40.0);
    assert_eq!(tally.json()["by_act_percent_of_all_rows"], 20.0);
    assert_eq!(tally.json()["by_act_percent_of_rows_that_need_an_act"], 25.0);
    let text = tally.to_string();
    for part in ["5 rows", "BUL-0520 Status", "BUL-0904 the row has no date", "40 % of all rows", "On 1 rows"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn the_file_has_a_line_for_every_row() {
    let (rows, plan) = (rows(2), plan(vec![acts(0..1, true), Fate::Unformed(Unformed::NoDate)]));
    let mut file = Vec::new();
    Report::new(&rows, &plan, &[vec![Outcome::Applied]]).write(&mut file).unwrap();
    let mut lines = csv::Reader::from_reader(file.as_slice());
    let lines: Vec<csv::StringRecord> = lines.records().collect::<Result<_, _>>().unwrap();
    let cells = |line: &csv::StringRecord| [0, 1, 6, 7, 8].map(|cell| line[cell].to_owned());
    assert_eq!(cells(&lines[0]), ["1", "E,1", "renew", "accepted", ""]);
    assert_eq!(cells(&lines[1]), ["2", "E,2", "", "refused", "BUL-0904"]);
}
