//! Who reaches what, as a diagram that GitLab draws.
//!
//! <https://docs.gitlab.com/user/markdown/#mermaid>

use std::collections::BTreeMap;
use std::io;

use super::Out;
use super::content::Content;

/// Draws jobs on the left and identities in AWS on the right. A dotted line needs another login.
///
/// # Errors
/// When `out` can't be written to.
pub(super) fn write(content: &Content<'_, '_>, out: Out<'_>) -> io::Result<()> {
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
