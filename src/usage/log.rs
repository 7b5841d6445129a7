//! Audit logs, line by line.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::entry::AuditEntry;
use super::tally::{Paths, Tally};
use crate::desired::Desired;

/// The longest line that is read, in bytes. Vault takes requests of 32 MiB, of which the log has hashes.
const MAX_LINE: u64 = 64 << 20;
/// How much is read at once, in bytes.
const BUFFER: usize = 1 << 20;
/// The first bytes of a gzip file: <https://www.rfc-editor.org/rfc/rfc1952>.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a log could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("can't read {name}: {error}")]
pub(crate) struct LogError {
    name: String,
    error: io::Error,
}

/// Adds up the logs. A log may be compressed with gzip.
///
/// # Errors
/// When one can't be read.
pub(crate) fn read<R: Read>(
    logs: impl IntoIterator<Item = (String, io::Result<R>)>,
    desired: &Desired,
    namespace: &str,
) -> Result<Tally, LogError> {
    let paths = Paths::new(desired, namespace);
    let mut tally = Tally::default();
    for (name, log) in logs {
        let added = log.and_then(|log| add(log, &paths, &mut tally));
        added.map_err(|error| LogError { name, error })?;
    }
    Ok(tally)
}

fn add(log: impl Read, paths: &Paths, tally: &mut Tally) -> io::Result<()> {
    let mut log = BufReader::with_capacity(BUFFER, log);
    if log.fill_buf()?.starts_with(&GZIP) {
        let text = BufReader::with_capacity(BUFFER, MultiGzDecoder::new(log));
        return add_lines(text, MAX_LINE, paths, tally);
    }
    add_lines(log, MAX_LINE, paths, tally)
}

/// Adds the lines that have at most `longest` bytes, and counts the others.
fn add_lines(
    mut log: impl BufRead,
    longest: u64,
    paths: &Paths,
    tally: &mut Tally,
) -> io::Result<()> {
    let (mut line, mut last) = (Vec::new(), Vec::new());
    let mut is_first = true;
    loop {
        std::mem::swap(&mut line, &mut last);
        line.clear();
        let length = log.by_ref().take(longest).read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        tally.lines += 1;
        let is_cut = length as u64 == longest && !line.ends_with(b"\n");
        if is_cut {
            tally.unreadable += 1;
            log.skip_until(b'\n')?;
        } else if is_first || paths.may_be_in(&line) {
            match AuditEntry::parse(&line) {
                Some(entry) => tally.add(&entry, paths),
                None => tally.unreadable += 1,
            }
        } else if !is_object(&line) {
            tally.unreadable += 1;
        }
        is_first = false;
    }
    // The last entry ends the period, whatever it is about.
    if let Some(entry) = AuditEntry::parse(&last) {
        tally.extend(entry.time());
    }
    Ok(())
}

/// Whether a line begins and ends as a JSON object. Most lines of a log are about other paths, and are not read further.
fn is_object(line: &[u8]) -> bool {
    line.starts_with(b"{") && line.trim_ascii_end().ends_with(b"}")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::resource::{Address, AwsRole, Kind, SecretsMount};

    const FIRST: &str =
        r#"{"time":"2026-01-01T00:00:00.5Z","type":"request","request":{"path":"sys/mounts"}}"#;
    const LAST: &str =
        r#"{"time":"2026-01-03T01:30:00+01:30","type":"response","request":{"path":"sys/mounts"}}"#;

    fn tally(log: &[u8]) -> Tally {
        let logs = [("log".to_owned(), Ok(log))];
        read(logs, &Desired::default(), "").unwrap()
    }

    #[test]
    fn the_period_is_from_the_first_entry_to_the_last() {
        let tally = tally(format!("{FIRST}\n{LAST}\n").as_bytes());
        let (first, last) = tally.period.unwrap();
        assert_eq!(
            humantime::format_rfc3339_seconds(first).to_string(),
            "2026-01-01T00:00:00Z"
        );
        assert_eq!(
            humantime::format_rfc3339_seconds(last).to_string(),
            "2026-01-03T00:00:00Z"
        );
        assert_eq!((tally.lines, tally.unreadable), (2, 0));
    }

    #[test]
    fn lines_that_are_not_entries_are_counted() {
        let tally = tally(b"\n==> Vault server started!\n{\"type\":\"response\"\n\xff\n");
        assert_eq!((tally.lines, tally.unreadable), (4, 4));
        assert!(tally.period.is_none());
    }

    #[test]
    fn a_line_that_is_too_long_is_counted_and_the_next_is_read() {
        let log = format!("{FIRST}\n{{{}\n{LAST}\n", "x".repeat(1000));
        let mut tally = Tally::default();
        let paths = Paths::new(&Desired::default(), "");
        add_lines(log.as_bytes(), 200, &paths, &mut tally).unwrap();
        assert_eq!((tally.lines, tally.unreadable), (3, 1));
        let (first, last) = tally.period.unwrap();
        assert_eq!(last.duration_since(first).unwrap().as_secs(), 172_799);
    }

    #[test]
    fn a_path_that_is_too_long_is_counted_and_not_kept() {
        let mut desired = Desired::default();
        let aws = Address::of_mount(Kind::SecretsMount, "aws");
        let mount = SecretsMount {
            r#type: "aws".into(),
            ..SecretsMount::default()
        };
        desired.insert(aws, mount);
        desired.insert_all("aws", [] as [(&str, &AwsRole); 0]);
        let entry = |name: &str| {
            format!(
                r#"{{"time":"2026-01-01T00:00:00Z","type":"response","request":{{"path":"aws/sts/{name}"}}}}"#
            )
        };
        let log = format!("{}\n{}\n", entry("short"), entry(&"x".repeat(5000)));
        let logs = [("log".to_owned(), Ok(log.as_bytes()))];
        let tally = read(logs, &desired, "").unwrap();
        assert_eq!((tally.refused.len(), tally.other_refused.count), (1, 1));
    }

    #[test]
    fn a_compressed_log_of_several_members_is_read_to_its_end() {
        let mut log = Vec::new();
        for line in [FIRST, LAST] {
            let mut member = GzEncoder::new(Vec::new(), Compression::fast());
            writeln!(member, "{line}").unwrap();
            log.extend(member.finish().unwrap());
        }
        assert_eq!(tally(&log).lines, 2);
        log.truncate(log.len() - 4);
        let logs = [("log.gz".to_owned(), Ok(log.as_slice()))];
        let error = read(logs, &Desired::default(), "").unwrap_err();
        assert!(
            error.to_string().starts_with("can't read log.gz: "),
            "{error}"
        );
    }
}
