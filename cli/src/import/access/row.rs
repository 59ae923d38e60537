//! The rows of an access log, as they stand there.

use crate::import::row::FileError;

/// One line of the log. A cell is kept as it is written; what it means is judged where it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its place in the file, from 1; the header is not counted.
    pub(crate) number: u32,
    /// Whether it has as many cells as the header.
    pub(crate) whole: bool,
    /// The line's name in the file.
    pub(crate) event_id: String,
    /// The log.
    pub(crate) source: String,
    /// The access's name in the log.
    pub(crate) request_id: String,
    /// When.
    pub(crate) ts: String,
    /// Who looked.
    pub(crate) requester: String,
    /// What was done.
    pub(crate) action: String,
    /// At what.
    pub(crate) resource: String,
    /// Whose data it is.
    pub(crate) resource_owner: String,
    /// What it came to.
    pub(crate) result: String,
    /// `1` if it was denied, else `0`.
    pub(crate) denied: String,
    /// How many bytes were released, if the log says.
    pub(crate) bytes: String,
}

impl Row {
    /// The columns that a file must have, in any order and with any others beside them.
    pub(crate) const COLUMNS: [&str; 11] = [
        "event_id",
        "source",
        "request_id",
        "ts",
        "requester",
        "action",
        "resource",
        "resource_owner",
        "result",
        "denied",
        "bytes",
    ];

    /// What the line says, in the order of [`Row::COLUMNS`]: what a ticket commits to.
    pub(crate) fn line(&self) -> String {
        let Row { event_id, source, request_id, ts, requester, action, resource, resource_owner, .. } = self;
        let cells = [event_id, source, request_id, ts, requester, action, resource, resource_owner];
        let said: Vec<&str> =
            cells.into_iter().chain([&self.result, &self.denied, &self.bytes]).map(String::as_str).collect();
        said.join("\n")
    }
}

/// The rows of a file, in its order.
pub(crate) fn rows(file: &[u8]) -> Result<Vec<Row>, FileError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.headers()?.clone();
    let place = |name: &'static str| {
        let place = header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
        place.ok_or(FileError::Column { name })
    };
    let mut places = [0; 11];
    for (slot, name) in places.iter_mut().zip(Row::COLUMNS) {
        *slot = place(name)?;
    }
    let mut rows = Vec::new();
    for (number, record) in (1u32..).zip(reader.records()) {
        let record = record?;
        let cells = places.map(|place| record.get(place).unwrap_or_default().trim().to_owned());
        let [event_id, source, request_id, ts, requester, action, resource, resource_owner, result, denied, bytes] =
            cells;
        rows.push(Row {
            number,
            whole: record.len() == header.len(),
            event_id,
            source,
            request_id,
            ts,
            requester,
            action,
            resource,
            resource_owner,
            result,
            denied,
            bytes,
        });
    }
    Ok(rows)
}
