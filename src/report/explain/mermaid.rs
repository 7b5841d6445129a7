//! Who reaches what, as a diagram that GitLab draws.
//!
//! <https://docs.gitlab.com/user/markdown/#mermaid>

use std::collections::BTreeMap;
use std::io;

use super::{JobAnswer, Out, Row, wording};
use crate::access::{Access, Admittance, Level};

/// What jobs could get.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn jobs(answers: &[JobAnswer<'_>], out: Out<'_>) -> io::Result<()> {
    let jobs = answers.iter().map(|JobAnswer { asked, explanation }| {
        let answers = explanation.answers.iter();
        let admitted = answers.filter_map(|answer| answer.login.as_ref().ok());
        (
            asked.job.clone(),
            admitted.flat_map(Admittance::accesses).collect(),
        )
    });
    draw(jobs, out)
}

/// Jobs on the left, identities in AWS on the right; dotted lines for what is reached under conditions.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn rows<'c>(rows: impl Iterator<Item = Row<'c>>, out: Out<'_>) -> io::Result<()> {
    draw(rows.map(|row| (row.who.to_string(), row.accesses)), out)
}

fn draw<'c>(jobs: impl Iterator<Item = (String, Vec<Access<'c>>)>, out: Out<'_>) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    let mut identities = BTreeMap::new();
    for (index, (job, accesses)) in jobs.enumerate() {
        writeln!(out, "  job{index}[\"{}\"]", label(&job))?;
        for access in &accesses {
            let next = identities.len();
            let known = identities.get(&access.identity).copied();
            let identity = known.unwrap_or(next);
            if known.is_none() {
                identities.insert(access.identity.clone(), next);
                writeln!(out, "  aws{next}([\"{}\"])", label(&access.identity))?;
            }
            let line = match access.level {
                Level::Yes => "-->".to_owned(),
                Level::OnlyIf | Level::AfterOthers => {
                    format!("-. \"{}\" .->", label(&wording::when_reached(access)))
                }
            };
            writeln!(out, "  job{index} {line} aws{identity}")?;
        }
    }
    Ok(())
}

/// A text with entities for all that could mean something to Mermaid or to HTML.
pub(super) fn label(text: &str) -> String {
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
