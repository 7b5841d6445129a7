//! Messages of HTTP/1.1, as they are on the wire.

use std::io::{self, BufRead, Read};

/// A request or an answer.
pub(super) struct Message {
    /// The first line and the headers, with the empty line.
    pub(super) head: String,
    /// The body, as it is on the wire.
    pub(super) body: Vec<u8>,
}

impl Message {
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let (mut head, mut length, mut is_chunked) = (String::new(), 0, false);
        loop {
            let start = head.len();
            if from.read_line(&mut head)? == 0 {
                return Ok(None);
            }
            let line = head[start..].trim_end().to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().expect("a length"),
                Some(("transfer-encoding", value)) => is_chunked = value == "chunked",
                None if line.is_empty() => break,
                _ => {}
            }
        }
        let mut body = Vec::new();
        if is_chunked {
            read_chunks(from, &mut body)?;
        } else {
            from.take(length).read_to_end(&mut body)?;
        }
        Ok(Some(Self { head, body }))
    }

    /// A word of the first line.
    pub(super) fn word(&self, index: usize) -> &str {
        self.head.split(' ').nth(index).unwrap_or_default()
    }

    /// What a request is for, without `v1/` and query.
    pub(super) fn path(&self) -> &str {
        let path = self.word(1).trim_start_matches("/v1/");
        path.split('?').next().unwrap_or_default()
    }

    pub(super) fn corrupt(&mut self) {
        self.body
            .iter_mut()
            .skip(1)
            .step_by(3)
            .for_each(|byte| *byte = b'#');
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }
}

fn read_chunks(from: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        body.extend_from_slice(line.as_bytes());
        let length = u64::from_str_radix(line.trim_end(), 16).expect("a length");
        from.take(length + 2).read_to_end(body)?;
        if length == 0 {
            return Ok(());
        }
    }
}
