//! The hidden comment by which a text is found again.

use std::collections::BTreeMap;

use url::form_urlencoded;

use crate::digest;

/// A comment that no reader sees, in the description of an issue or in a note.
///
/// `<!-- vault-provisioner drift 0f1e2d3c4b5a69788796a5b4c3d2e1f0 KEY=VALUE&… -->` on a line of its own. What it
/// remembers is encoded as a form is, so nothing in it can end the comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// What identifies the subject.
    identity: String,
    /// Everything up to what it remembers.
    head: String,
    /// The line above the part of a text that this program writes.
    begin: String,
}

/// What a marker remembers.
pub(crate) type Memory = BTreeMap<String, String>;

impl Marker {
    /// The marker for one purpose and one subject, which these parts identify.
    pub(crate) fn new(purpose: &'static str, identity: &[&str]) -> Self {
        let identity = digest::hex(identity.iter().copied(), 16);
        let name = env!("CARGO_PKG_NAME");
        Self {
            head: format!("<!-- {name} {purpose} {identity}"),
            begin: format!("<!-- {name} {purpose}-begin {identity} -->"),
            identity,
        }
    }

    /// A word that no text without the marker has by chance.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    /// The line above the part of a text that this program writes; the comment is its last line.
    pub(crate) fn begin(&self) -> &str {
        &self.begin
    }

    /// What people wrote above and below the part that this program wrote, which begins with the text where no line begins it.
    pub(crate) fn around<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let (mut before, mut after, mut at) = ("", "", 0);
        for line in text.split_inclusive('\n') {
            let end = at + line.len();
            if line.trim_end() == self.begin {
                before = &text[..at];
            } else if self.remembered(line).is_some() {
                after = &text[end..];
                break;
            }
            at = end;
        }
        (before.trim(), after.trim())
    }

    /// The comment.
    pub(crate) fn comment(&self, memory: &Memory) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(memory);
        match form.finish().as_str() {
            "" => format!("{} -->", self.head),
            form => format!("{} {form} -->", self.head),
        }
    }

    /// What the comment in a text remembers; `None` if it has no such comment.
    pub(crate) fn memory(&self, text: &str) -> Option<Memory> {
        let form = text.lines().find_map(|line| self.remembered(line))?;
        let pairs = form_urlencoded::parse(form.trim_end().as_bytes());
        Some(pairs.into_owned().collect())
    }

    /// What a line remembers in its encoded form, if it is the comment.
    fn remembered<'t>(&self, line: &'t str) -> Option<&'t str> {
        let line = line.trim_end().strip_prefix(&self.head)?;
        line.strip_suffix("-->")?.strip_prefix(' ')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker() -> Marker {
        Marker::new("drift", &["https://vault.test", "", "mappings"])
    }

    #[test]
    fn what_is_remembered_comes_back_and_can_not_end_the_comment() {
        let hostile = "--> <script>\n/close\n<!-- & = % ünïcode";
        for memory in [
            Memory::new(),
            Memory::from([("digest".into(), "0123".into())]),
            Memory::from([
                (hostile.into(), hostile.into()),
                ("a/b".into(), String::new()),
            ]),
        ] {
            let comment = marker().comment(&memory);
            assert_eq!(comment.lines().count(), 1);
            assert_eq!(comment.matches("-->").count(), 1);
            let text = format!("Some text.\r\n\r\n{comment}\r\nMore.");
            assert_eq!(marker().memory(&text), Some(memory));
        }
    }

    #[test]
    fn only_a_line_of_its_own_is_a_marker_and_only_for_the_same_thing() {
        let comment = marker().comment(&Memory::new());
        let others = [
            format!("+ {comment}"),
            format!("  {comment}"),
            comment.replace(" -->", ""),
            Marker::new("plan", &["https://vault.test", "", "mappings"]).comment(&Memory::new()),
            Marker::new("drift", &["https://vault.test", "mappings", ""]).comment(&Memory::new()),
        ];
        for text in others {
            assert_eq!(marker().memory(&text), None, "{text}");
        }
    }

    #[test]
    fn what_people_write_around_the_marked_part_is_found() {
        let (begin, comment) = (
            marker().begin().to_owned(),
            marker().comment(&Memory::new()),
        );
        for (text, around) in [
            (format!("{begin}\nOurs\n{comment}"), ("", "")),
            (format!("Ours\n{comment}"), ("", "")),
            (
                format!("Before\n\n{begin}\r\nOurs\r\n{comment}\r\n\r\nAfter\nMore"),
                ("Before", "After\nMore"),
            ),
            (format!("Ours\n{comment}\nAfter"), ("", "After")),
            ("Nothing is marked".to_owned(), ("", "")),
        ] {
            assert_eq!(marker().around(&text), around, "{text}");
        }
        assert_eq!(marker().memory(&begin), None);
    }
}
