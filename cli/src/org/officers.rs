//! Officers: keys of persons under a department's key.

use crate::answer::{Answer, with};
use crate::submit::Submission;
use crate::when;
use anyhow::Result;
use bulla_keystore::random;
use bulla_verify::keys::PublicKey;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{Act, Appointment, Hours, Pseudonym};
use bulla_verify::roles::Role;
use bulla_verify::time::Millis;

#[derive(clap::Args)]
pub(crate) struct Appoint {
    /// The officer's public key, or the FILE.pub that holds it.
    #[arg(value_parser = crate::keys::public_key)]
    public_key: PublicKey,
    /// The department's key that the officer acts under, which signs this: its public half, or the FILE.pub that holds it.
    #[arg(long, value_name = "KEY", value_parser = crate::keys::public_key)]
    under: PublicKey,
    /// What the officer may do, of what the department's key may; several times for several. Never registrar.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Role>,
    /// The last day of the appointment.
    #[arg(long, value_name = "DATE", value_parser = when::last_day)]
    until: Millis,
    /// At what time of day only, such as 09:00-17:30 or 22:00-06:00, at +08:00.
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    hours: Option<Hours>,
    /// What the department calls this person: 32 hexadecimal digits. Give the same for another key of the same person. Without
    /// it, a new one is made and shown: keep it.
    #[arg(long, value_name = "DIGITS", value_parser = pseudonym)]
    pseudonym: Option<Pseudonym>,
    #[command(flatten)]
    submission: Submission,
}

impl Appoint {
    pub(crate) async fn run(self) -> Result<Answer> {
        let Appoint { public_key: key, under, roles, until: expires_at, hours, pseudonym, submission } = self;
        let pseudonym = pseudonym.unwrap_or_else(|| Pseudonym(*random()));
        let roles = roles.into_iter().collect();
        let act = Act::Appoint(Appointment { key, under, roles, hours, expires_at, pseudonym });
        let answer = submission.open().await?.submit(vec![Operation::Organisation(act)]).await?;
        let shown = digits(&pseudonym);
        let text = format!("{}\nThe officer's pseudonym is {shown}: keep it with the person's file.", answer.text);
        Ok(Answer { text, json: with(answer.json, "pseudonym", shown), exit: answer.exit })
    }
}

fn digits(Pseudonym(bytes): &Pseudonym) -> String {
    hex::encode(bytes)
}

fn pseudonym(text: &str) -> Result<Pseudonym, String> {
    let mut bytes = [0; 16];
    let read = hex::decode_to_slice(text, &mut bytes);
    read.map(|()| Pseudonym(bytes))
        .map_err(|_| "a pseudonym is 32 hexadecimal digits, as `bulla org appoint` showed it".into())
}

/// `09:00-17:30`, in minutes after midnight.
fn hours(text: &str) -> Result<Hours, String> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
        (minute < 60).then(|| hour.saturating_mul(60).saturating_add(minute))
    };
    let both = text.split_once('-').and_then(|(from, until)| Some((minute(from)?, minute(until)?)));
    let hours = both.map(|(from, until)| Hours { from, until }).filter(|hours| hours.are_sound());
    hours.ok_or_else(|| "hours read 09:00-17:30; midnight at their end is 24:00".into())
}

fn two_digits(text: &str) -> Option<u16> {
    let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_read_as_people_write_them() {
        assert_eq!(hours("09:00-17:30"), Ok(Hours { from: 540, until: 1_050 }));
        assert_eq!(hours("22:00-06:00"), Ok(Hours { from: 1_320, until: 360 }));
        assert_eq!(hours("00:00-24:00"), Ok(Hours { from: 0, until: 1_440 }));
        for text in
            ["9:00-17:00", "09:60-10:00", "09:00", "09:00-09:00", "24:00-01:00", "09:00-24:01", "+9:00-10:00", ""]
        {
            assert!(hours(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pseudonym_comes_back_as_it_was_shown() {
        let made = Pseudonym([0xa7; 16]);
        assert_eq!(pseudonym(&digits(&made)), Ok(made));
        assert!(pseudonym("a7").is_err() && pseudonym(&"x".repeat(32)).is_err());
    }
}
