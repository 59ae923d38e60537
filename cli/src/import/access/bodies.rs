//! Who acts for a log: two test bodies for each source of a file, one that has the data and one that looks at it; and all that
//! must stand before the first ticket.
//!
//! The bodies are of one file: each has its own gateway, whose log begins with number 1. Their codes are made as those of other
//! imports are.

use super::meaning;
use super::row::Row;
use crate::import::authority::{region, test_uscc};
use bulla_verify::access::{
    Act, Fields, Particulars, Purposes, RequestAct, RequestChange, RequestId, ResourceAct, ResourceChange,
    ResourceCode, Sharing, Terms,
};
use bulla_verify::document;
use bulla_verify::hash::{Context, Hash};
use bulla_verify::holder::Handle;
use bulla_verify::identifiers::region::{Level, RegionCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::keys::PublicKey;
use bulla_verify::operation::Operation;
use bulla_verify::organisation::{self, Organisation};
use bulla_verify::roles::Role;
use bulla_verify::subject::{self, SubjectKind};
use bulla_verify::time::{Date, Millis};

/// Every imported access is for this purpose, and of this one field: logs do not tell.
pub(crate) const PURPOSE: u8 = 0;
/// The only field of an imported resource.
pub(crate) const FIELD: Fields = Fields(1);

/// The two bodies of one source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bodies {
    /// Who has the data.
    pub(crate) provider: Uscc,
    /// Who looks at it.
    pub(crate) reader: Uscc,
    /// Where both are.
    pub(crate) region: RegionCode,
}

/// What hides: everything that reaches the ledger of a file follows from it and a secret, so that a resumed import writes the same.
pub(crate) struct Secrets<'a> {
    /// 32 random bytes, kept as a vault's key is.
    pub(crate) secret: &'a [u8; 32],
    /// The file.
    pub(crate) file: Hash,
}

/// The data of one owner in one log: a resource, its subject, and the grant under which it is seen.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    /// The resource.
    pub(crate) resource: ResourceCode,
    /// The request that becomes the grant.
    pub(crate) request: RequestId,
    /// The handle of the owner.
    pub(crate) subject: Handle,
    /// How many accesses the log has.
    pub(crate) accesses: u64,
}

/// The names of the two keys of a source: beside the source's own name one with a point, which no source has.
pub(crate) fn key_names(source: &str) -> [String; 2] {
    [source.to_owned(), format!("{source}.reader")]
}

impl Bodies {
    /// The bodies of a source of a file, beneath a superior.
    pub(crate) fn of(source: &str, file: &Hash, superior: &Organisation) -> Bodies {
        let region = region(source, superior.region);
        let code = |part: &str| test_uscc(&format!("{source} {part} {file}"), region);
        Bodies { provider: code("provider"), reader: code("reader"), region }
    }

    /// What the superior's registrar must sign: both bodies, and their keys.
    pub(crate) fn setup(&self, source: &str, superior: &Organisation, keys: [PublicKey; 2]) -> Vec<Operation> {
        let level: Level = superior.level.min(self.region.level());
        let [provider, reader] = keys;
        let of = |uscc, what: &str, key, roles: &[Role]| {
            let name = format!("TEST {what} {source} (imported)").parse().expect("a source is 40 bytes at most");
            let (region, parent) = (self.region, superior.uscc);
            [
                Operation::Organisation(organisation::Act::Register { uscc, name, level, region, parent }),
                Operation::Organisation(organisation::Act::RegisterKey {
                    organisation: uscc,
                    key,
                    roles: roles.iter().copied().collect(),
                }),
            ]
        };
        let provides = of(self.provider, "provider", provider, &[Role::Steward, Role::IdentityAuthority]);
        let reads = of(self.reader, "reader", reader, &[Role::Consumer]);
        provides.into_iter().chain(reads).collect()
    }

    /// What the provider does first: it registers an owner's handle, and puts the owner's data into the catalogue. Logs say
    /// nothing of consents and laws, so it is shared with whoever asks.
    pub(crate) fn published(&self, data: &Data, row: &Row) -> Vec<Operation> {
        let name = meaning::name(row).expect("a row with another owner was refused");
        let register = Particulars { name, region: self.region, fields: 1, sharing: Sharing::Unconditional };
        let on = |change| Operation::Access(Act::Resource(ResourceAct { resource: data.resource, change }));
        let (handle, kind) = (data.subject, SubjectKind::Legal);
        let subject = Operation::Subject(subject::Act::Register { handle, kind, by: self.provider });
        [subject, on(ResourceChange::Register(register)), on(ResourceChange::Publish)].into()
    }

    /// What the reader asks for: as many accesses as the log has, and no more.
    pub(crate) fn asked(&self, data: &Data) -> Operation {
        let (resource, asked) = (data.resource, self.terms(data));
        self.on_request(data, self.reader, RequestChange::File { resource, asked })
    }

    /// What the provider grants.
    pub(crate) fn granted(&self, data: &Data) -> Operation {
        self.on_request(data, self.provider, RequestChange::Grant { terms: self.terms(data), basis: None })
    }

    fn on_request(&self, data: &Data, by: Uscc, change: RequestChange) -> Operation {
        Operation::Access(Act::Request(RequestAct { request: data.request, by, change }))
    }

    fn terms(&self, data: &Data) -> Terms {
        let first_of = |year| Date::new(year, 1, 1).map_or(Millis(0), Date::start);
        Terms {
            purposes: Purposes(1 << PURPOSE),
            fields: FIELD,
            region: self.region,
            from: first_of(2000),
            until: first_of(2100),
            budget: data.accesses,
            onward: false,
        }
    }
}

impl Secrets<'_> {
    /// The number of something.
    pub(crate) fn number(&self, what: &str, of: &str) -> [u8; 16] {
        let Hash(bytes) = self.of(what, of);
        let (first, _) = bytes.split_first_chunk().expect("a hash has 32 bytes");
        *first
    }

    /// The handle of an owner: of this file alone, since its list begins with it.
    pub(crate) fn handle(&self, source: &str, owner: &str) -> Handle {
        Handle(self.of("handle", &format!("{source}\n{owner}")).0)
    }

    /// A commitment to what a row says in a respect. Opened with the file, the row's number and the secret.
    pub(crate) fn commitment(&self, what: &str, row: &Row, said: &str) -> Hash {
        let Hash(salt) = self.of(what, &row.number.to_string());
        document::commitment(&document::digest(said.as_bytes()), &salt)
    }

    fn of(&self, what: &str, of: &str) -> Hash {
        Context::FieldSalt.hash_of(&(self.secret, "import access", what, &self.file, of))
    }
}
