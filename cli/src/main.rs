//! The command `bulla AREA VERB`: for clerks, citizens, auditors and operators.
//!
//! It promises one answer on stdout, as text or (`--output json`) as one JSON document, and an exit code that says of which
//! kind it is. It refuses a passphrase in an argument or an environment variable, and anything personal outside a vault.
//! It never touches a node's directory: what does is `bullad`.
//!
//! | file | area |
//! |---|---|
//! | `keys`, `genesis` | key files, the beginning of a network: no node needed |
//! | `org`, `region`, `recognition`, `licence_type`, `licence` | acts, each a signed transaction, and what they left |
//! | `access` | data that bodies have, and who sees it |
//! | `case`, `erasure` | what people ask for; what is destroyed of what was kept |
//! | `law`, `subject`, `credit`, `duty` | acts and what they left, one file or folder for each area of contracts |
//! | `document` | the papers behind acts |
//! | `import` | records of another register, each row as the historic act that it tells of |
//! | `governance`, `motion` | who decides blocks: changes that many sign; what they vote on |
//! | `query`, `record`, `status` | what a node says |
//! | `doctor` | what several nodes say, compared: why it is stuck, and what to do |
//! | `proof`, `verify`, `anchor` | a proof file from a node; its verdict, with no node and no network; from where that begins |
//! | `testnet` | a network on this machine |
//! | `acting`, `submit`, `connection`, `prompt`, `vault`, `when` | what they share: who acts on which papers, signing, reaching a node, passphrases, what stays off the ledger, dates |
//! | `language` | the help in English and in Chinese |
//! | `answer` | how every one of them ends: text, JSON, exit code |

mod access;
mod acting;
mod anchor;
mod answer;
mod case;
mod connection;
mod credit;
mod doctor;
mod document;
mod duty;
mod erasure;
mod genesis;
mod governance;
mod import;
mod keys;
mod language;
mod law;
mod licence;
mod licence_type;
mod motion;
mod org;
mod prompt;
mod proof;
mod query;
mod recognition;
mod record;
mod region;
mod status;
mod subject;
mod submit;
mod testnet;
mod vault;
mod verify;
mod when;

use answer::{Answer, Format};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use language::Language;
use std::process::ExitCode;

/// Licences and other government records that anyone can check.
#[derive(Parser)]
#[command(name = "bulla", version, after_help = answer::EXIT_CODES)]
struct Cli {
    /// How to answer: text for people, json for programs.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    output: Format,
    /// In which language to help: en or zh. Without it, as LC_ALL or LANG says.
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE")]
    lang: Option<Language>,
    #[command(subcommand)]
    area: Area,
}

#[derive(Subcommand)]
enum Area {
    /// Key files: make one, show its public key.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// The genesis file, with which a network begins.
    #[command(subcommand)]
    Genesis(genesis::Genesis),
    /// Organisations and their keys.
    #[command(subcommand)]
    Org(org::Org),
    /// Regions: which code stood for what, and when.
    #[command(subcommand)]
    Region(region::Region),
    /// Recognition: which licences of one region count in another.
    #[command(subcommand)]
    Recognition(recognition::Recognition),
    /// Types of licence, and who may issue them.
    #[command(subcommand)]
    Type(licence_type::Type),
    /// Licences: issue them, change them, end them, look at them.
    #[command(subcommand)]
    Licence(licence::Licence),
    /// Access to data: the catalogue, requests and grants, consents, tickets and receipts.
    #[command(subcommand)]
    Access(access::Access),
    /// Service items, and the cases in which people ask for them.
    #[command(subcommand)]
    Case(case::Case),
    /// Erasure: orders, and what each body that has a copy did.
    #[command(subcommand)]
    Erasure(erasure::Erasure),
    /// The law: its numbers, working days, and who may say them.
    #[command(subcommand)]
    Law(law::Law),
    /// Subjects: their handles, and the lists of what was done on each.
    #[command(subcommand)]
    Subject(subject::Subject),
    /// Credit: events and their catalogue, red and black lists, measures.
    #[command(subcommand)]
    Credit(credit::Credit),
    /// Duties: what must be done by when, and who is late.
    #[command(subcommand)]
    Duty(duty::Duty),
    /// The papers behind acts: open a commitment, check a document.
    #[command(subcommand)]
    Document(document::Document),
    /// Records of another register, from a file.
    #[command(subcommand)]
    Import(import::Import),
    /// Who decides blocks.
    #[command(subcommand)]
    Governance(governance::Governance),
    /// What a validator asks the others to decide, and their votes.
    #[command(subcommand)]
    Motion(motion::Motion),
    /// What a node says about a block, a transaction or a record.
    #[command(subcommand)]
    Query(query::Query),
    /// How a node is.
    Status(status::Status),
    /// Why a network stands still or limps, and what to do: asks several nodes, and compares what they say.
    Doctor(doctor::Doctor),
    /// Proof files.
    #[command(subcommand)]
    Proof(proof::Proof),
    /// Check a proof file, with no node and no network.
    Verify(verify::Verify),
    /// From what you begin to trust: pin a later block than genesis.
    #[command(subcommand)]
    Anchor(anchor::Anchor),
    /// A test network on this machine.
    #[command(subcommand)]
    Testnet(testnet::Testnet),
}

impl Area {
    fn run(self) -> anyhow::Result<Answer> {
        match self {
            Area::Keys(verb) => verb.run(),
            Area::Genesis(verb) => verb.run(),
            Area::Org(verb) => connection::block_on(verb.run()),
            Area::Region(verb) => connection::block_on(verb.run()),
            Area::Recognition(verb) => connection::block_on(verb.run()),
            Area::Type(verb) => connection::block_on(verb.run()),
            Area::Licence(verb) => connection::block_on(verb.run()),
            Area::Access(verb) => connection::block_on(verb.run()),
            Area::Case(verb) => connection::block_on(verb.run()),
            Area::Erasure(verb) => connection::block_on(verb.run()),
            Area::Law(verb) => connection::block_on(verb.run()),
            Area::Subject(verb) => connection::block_on(verb.run()),
            Area::Credit(verb) => connection::block_on(verb.run()),
            Area::Duty(verb) => connection::block_on(verb.run()),
            Area::Document(verb) => verb.run(),
            Area::Import(verb) => connection::block_on(verb.run()),
            Area::Governance(verb) => connection::block_on(verb.run()),
            Area::Motion(verb) => connection::block_on(verb.run()),
            Area::Query(verb) => connection::block_on(verb.run()),
            Area::Status(verb) => connection::block_on(verb.run()),
            Area::Doctor(verb) => connection::block_on(verb.run()),
            Area::Proof(verb) => connection::block_on(verb.run()),
            Area::Verify(verb) => verb.run(),
            Area::Anchor(verb) => verb.run(),
            Area::Testnet(verb) => verb.run(),
        }
    }
}

fn main() -> ExitCode {
    // Asked for before the arguments are read: they may ask for help.
    let command = Language::wanted(std::env::args()).of(Cli::command());
    let read = Cli::from_arg_matches(&command.get_matches());
    let Cli { output, lang: _, area } = read.unwrap_or_else(|error| error.exit());
    answer::finish(area.run(), output)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_options_of_a_verb_have_one_name() {
        use clap::CommandFactory as _;
        super::Cli::command().debug_assert();
    }
}
