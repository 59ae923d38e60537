//! Why an act on a licence is refused.

use crate::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use crate::identifiers::region::RegionCode;
use crate::identifiers::uscc::Uscc;
use crate::refusal::refusals;
use crate::roles::Role;
use crate::status::Status;
use crate::time::Millis;

refusals! {
    /// Why an act on a licence is refused, in the order checked.
    pub enum Refusal {
        /// Usual cause: a mistyped identifier.
        501 NoType {
            /// The type's code.
            code: LicenceTypeCode,
        } = "licence type {code} is not registered", "register the type first, or check the identifier";
        /// Usual cause: a body that is not registered.
        502 NoOrganisation {
            /// The code.
            uscc: Uscc,
        } = "organisation {uscc} is not registered", "register it first, by its superior";
        /// Usual cause: another department's licence.
        503 NotYours {
            /// Who acts.
            by: Uscc,
            /// Who issued it.
            issuer: Uscc,
        } = "{by} may not do this to a licence of {issuer}", "have it done by the issuer";
        /// No signer has the role.
        504 Role {
            /// The role that is needed.
            role: Role,
            /// The organisation for which it is needed.
            organisation: Uscc,
        } = "no signer is an active {role} of {organisation}", "sign with a key that has the role, or have the role granted";
        /// What takes effect later than now is no historic act. Usual cause: a clock ahead, or a mistyped date.
        505 EffectiveInFuture {
            /// When it is said to have taken effect.
            effective_at: Millis,
            /// The block time.
            now: Millis,
        } = "effective at {effective_at}, later than block time {now}", "leave the date out, or correct it";
        /// Usual cause: a licence that was never registered here.
        506 NoLicence {
            /// The identifier.
            licence: LicenceId,
        } = "licence {licence} does not exist", "check the identifier, or take the licence over";
        /// Usual cause: issued twice.
        507 LicenceExists {
            /// The identifier.
            licence: LicenceId,
        } = "licence {licence} exists already", "take another serial, or renew it";
        /// The first version is 001.
        508 FirstVersion {
            /// The version given.
            found: u16,
        } = "version {found:03} cannot be issued, the first is 001", "use version 001";
        /// Usual cause: an identifier from before a renewal.
        509 NotCurrent {
            /// The version given.
            found: u16,
            /// The current version.
            current: u16,
        } = "version {found:03} is not current, version {current:03} is", "name the current version";
        /// There are 999 versions.
        510 NoVersionLeft = "version 999 is the last", "issue a new licence";
        /// Historic acts of one licence come in the order of their dates.
        511 OutOfOrder {
            /// When it took effect.
            at: Millis,
            /// When the last act took effect.
            last: Millis,
        } = "takes effect at {at}, before the last act of {last}", "record acts in the order in which they took effect";
        /// A record can only be taken over with the date from which it is true.
        512 TakeOverWithoutDate = "a licence can only be taken over with a date", "give the effective date";
        /// Usual cause: no competence was granted.
        513 NoCompetence {
            /// Who acts.
            organisation: Uscc,
            /// The type.
            code: LicenceTypeCode,
        } = "{organisation} is not competent for licence type {code}", "have the competence granted by the type's owner";
        /// Usual cause: the wrong region code.
        514 RegionOutside {
            /// The licence's region.
            found: RegionCode,
            /// The region of the competence.
            allowed: RegionCode,
        } = "region {found} is outside the competence for {allowed}", "have it issued by the body of that region";
        /// Usual cause: the licence has ended or is suspended.
        520 Status {
            /// What it is at the instant of the act.
            found: Status,
        } = "the licence is {found}, and this cannot be done then", "check the licence's status and the date of the act";
        /// A body cannot undo what another decided, unless it stands above that one.
        525 NotYourSuspension {
            /// Who acts.
            by: Uscc,
            /// Who decided the suspension.
            decided_by: Uscc,
        } = "{by} may not undo a suspension that {decided_by} decided", "have it done by that body or one above it";
        /// Usual cause: dates in the wrong order.
        515 EmptyTerm = "the term ends before it begins", "correct the dates";
        /// The type sets a longest term.
        516 TermTooLong {
            /// The longest, in days.
            max_days: u32,
        } = "the term is longer than the {max_days} days that the type allows", "shorten the term";
        /// An amendment may shorten a term but not lengthen it.
        522 TermLengthened = "an amendment cannot lengthen the term", "renew the licence";
        /// A term does not go backwards.
        523 TermBackwards {
            /// When the current term begins.
            current: Millis,
        } = "the new term begins before the current one of {current}", "correct the dates";
        /// Between the two terms it would be neither in force nor expired.
        524 TermGap {
            /// When the current term ends.
            ends: Millis,
        } = "the new term begins after the current one ends at {ends}",
            "begin it where the current one ends, or renew when that has ended";
        /// A suspension cannot begin before it was decided, nor end before it begins.
        521 SuspensionBounds = "the suspension begins before the act or ends before it begins", "correct the dates";
        /// A single-holding type can only be watched with it.
        518 HoldingNeeded = "the type allows one licence a holder, but no holding is given", "give the holding";
        /// It would be a needless link between licences of one holder.
        519 HoldingNotNeeded = "a holding is given, but the type does not limit holders or the holder stays",
            "leave the holding out";
        /// Usual cause: a holder whose other licence of this type was not cancelled.
        517 AlreadyHeld {
            /// The other licence.
            other: LicenceId,
        } = "the holder has licence {other} of this type, which is live", "cancel the other one first";
        /// An annulment reaches back to the issue at most, and not beyond its own decision.
        526 VoidFrom {
            /// From when it is to be void.
            found: Millis,
            /// The earliest: its issue.
            earliest: Millis,
            /// The latest: the act.
            latest: Millis,
        } = "void from {found}, which is not between {earliest} and {latest}", "correct the date";
        /// Usual cause: sent twice.
        527 NothingCorrected = "the corrected contents are those that it has", "nothing, or send the corrected contents";
        /// Usual cause: a date where none belongs.
        528 NotHistoric = "this cannot have taken effect before it came to the ledger", "leave the date out";
        /// Usual cause: the wrong code.
        530 TransferToSelf = "the licence is this body's already", "name the body that is to have it";
        /// A transfer changes the body and the region, not what is permitted.
        531 OtherType {
            /// The type named.
            found: LicenceTypeCode,
            /// The type of the licence that is offered.
            offered: LicenceTypeCode,
        } = "type {found} is not the type {offered} of the licence that is offered", "use an identifier of that type";
        /// Usual cause: offered to another department of the region.
        532 NotOffered {
            /// Who acts.
            by: Uscc,
            /// To whom it is offered.
            to: Uscc,
        } = "the licence is offered to {to}, not to {by}", "have the offer aborted and made to you";
        /// A transfer is no renewal.
        533 NotAsOffered = "term or holding are not those of the licence that is offered", "copy them from that licence";
        /// It would be lost on the way.
        534 SuspensionAhead {
            /// When it begins.
            from: Millis,
        } = "a suspension begins at {from}", "wait for its end, or have it undone";
        /// Usual cause: the issuer named among the others.
        540 JointBodies = "the other bodies are none, too many, named twice, or the issuer itself",
            "name each other body once, 15 at most";
        /// One is no joint issue, and more than all cannot sign.
        541 JointNeeded {
            /// How many are to sign.
            needed: u8,
            /// How many there are.
            of: u8,
        } = "{needed} of {of} bodies cannot issue it together", "ask for two at least, and no more than there are";
        /// Usual cause: the law was not enacted on this chain.
        542 NoDeadlineInLaw = "no law here says how long the bodies of a joint licence have", "have the number enacted";
        /// It would lapse at once, or later than the law allows.
        543 JointDeadline {
            /// The latest.
            latest: Millis,
        } = "the deadline is not after this act, or after {latest}", "correct the date";
        /// Usual cause: a body that was not asked.
        544 NotACosigner {
            /// Who acts.
            by: Uscc,
        } = "{by} was not asked to sign this licence", "have it done by a body that was";
        /// Usual cause: sent twice.
        545 SignedAlready {
            /// Who acts.
            by: Uscc,
        } = "{by} has signed it already", "nothing";
    }
}
