//! The lines of an access log, as they stand there.

use crate::import::row::columns;

columns! {
    /// One line of the log.
    Row:
    /// The line's name in the file.
    event_id,
    /// The log.
    source,
    /// The access's name in the log.
    request_id,
    /// When.
    ts,
    /// Who looked.
    requester,
    /// What was done.
    action,
    /// At what.
    resource,
    /// Whose data it is.
    resource_owner,
    /// What it came to.
    result,
    /// `1` if it was denied, else `0`.
    denied,
    /// How many bytes were released, if the log says.
    bytes,
}

impl Row {
    /// All that the line says: what a ticket commits to.
    pub(crate) fn line(&self) -> String {
        let cells: Vec<&str> = self.cells().map(|(_, cell)| cell).collect();
        cells.join("\n")
    }
}
