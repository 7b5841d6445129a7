//! Who reaches what, as a diagram that GitLab draws.
//!
//! <https://docs.gitlab.com/user/markdown/#mermaid>

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::content::Content;

/// Mermaid's own limits, which GitLab keeps: <https://mermaid.js.org/config/schema-docs/config.html>.
const MOST_LINES: usize = 500;
const MOST_CHARACTERS: usize = 50_000;

/// GitLab would show an error in place of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "GitLab draws a diagram of at most {MOST_LINES} lines and {MOST_CHARACTERS} characters, and this one has {lines} and \
     {characters}; ask about less, with --project, --arn, --account or --environment, or use --format html"
)]
pub(crate) struct DiagramTooLarge {
    lines: usize,
    characters: usize,
}

/// Draws jobs on the left and identities in AWS on the right. A dotted line needs another login.
///
/// # Errors
/// When GitLab would not draw it.
pub(super) fn diagram(content: &Content<'_, '_>) -> Result<String, DiagramTooLarge> {
    let mut text = String::new();
    // A String takes whatever is written.
    let _ = write(content, &mut text);
    let (lines, characters) = (content.ways.len(), text.chars().count());
    if lines > MOST_LINES || characters > MOST_CHARACTERS {
        return Err(DiagramTooLarge { lines, characters });
    }
    Ok(text)
}

fn write(content: &Content<'_, '_>, out: &mut String) -> fmt::Result {
    let Content {
        unknown,
        ways,
        context,
        ..
    } = content;
    writeln!(out, "flowchart LR")?;
    for (index, unknown) in unknown.iter().enumerate() {
        let text = label(&format!("! {}", context.unknown(unknown)));
        writeln!(out, "  unknown{index}[\"{text}\"]")?;
    }
    let (mut holders, mut identities) = (BTreeMap::new(), BTreeMap::new());
    for way in ways {
        let (who, identity) = (context.names.who(&way.jwts), way.identity.to_string());
        let next = holders.len();
        let holder = *holders.entry(who.clone()).or_insert(next);
        if holder == next {
            writeln!(out, "  who{holder}[\"{}\"]", label(&who))?;
        }
        let next = identities.len();
        let place = *identities.entry(identity.clone()).or_insert(next);
        if place == next {
            writeln!(out, "  aws{place}([\"{}\"])", label(&identity))?;
        }
        let line = match (context.after(way), context.end(way)) {
            (None, None) => "-->".to_owned(),
            (None, Some(end)) => format!("-- \"{}\" -->", label(&end)),
            (Some(after), end) => {
                let said: Vec<String> = end.into_iter().chain([after]).collect();
                format!("-. \"{}\" .->", label(&said.join("; ")))
            }
        };
        writeln!(out, "  who{holder} {line} aws{place}")?;
    }
    for (index, fact) in content.facts.iter().enumerate() {
        writeln!(out, "  note{index}[/\"{}\"/]", label(fact))?;
    }
    // A Mermaid comment ends with its line.
    writeln!(out, "  %% {}", label(&context.scope()))
}

/// A text with entities for all characters that are special in Mermaid or in HTML.
fn label(text: &str) -> String {
    let mut label = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || " ,.:/_-=".contains(c) {
            label.push(c);
        } else {
            label.push_str(&format!("#{};", u32::from(c)));
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn data_stays_within_its_label() {
        assert_eq!(label("a/b, dev"), "a/b, dev");
        assert_eq!(label("x\"]; click <b>"), "x#34;#93;#59; click #60;b#62;");
    }
}
